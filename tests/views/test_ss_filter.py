"""Every production and error of the filter language; verdicts marked (ss) were read from iproute2 6.1 itself."""

import dataclasses
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.views.rows import Address, Socket
from tracker.views.ss_filter import Chain, End, Filter, Not, Term, parse
from tracker.views.ss_states import ALL
from tracker.views.ss_words import FilterError


def row(local: str, peer: str = "", state: str = "ESTABLISHED") -> Socket:
    here, port = local.split()
    there, peer_port = peer.split() if peer else ("", "0")
    return Socket(
        state=state if peer else "LISTEN",
        local=ip_address(here),
        local_port=int(port),
        peer=ip_address(there) if peer else None,
        peer_port=int(peer_port),
        recv_q=None,
        send_q=None,
        certainty="seen",
        since=0,
    )


LISTEN = row("127.0.0.1 8080")
SERVER = row("127.0.0.1 8080", "127.0.0.1 52056")
CLIENT = row("127.0.0.1 52056", "127.0.0.1 8080")
STUCK = row("10.1.2.3 443", "192.0.2.7 40000", "CLOSE_WAIT")
LISTEN6 = row("::1 8443")
SERVER6 = row("::1 8443", "::1 56176")
FAR6 = row("2001:db8::1 80", "fe80::5 1024")
ROWS = {
    "listen": LISTEN,
    "server": SERVER,
    "client": CLIENT,
    "stuck": STUCK,
    "listen6": LISTEN6,
    "server6": SERVER6,
    "far6": FAR6,
}
EVERY = set(ROWS)
IPV6 = {"listen6", "server6", "far6"}
IPV4 = EVERY - IPV6


@pytest.fixture(autouse=True)
def services(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for the services database, which slim machines lack; nothing may look a host up."""

    def by_name(name: str, protocol: str) -> int:
        ports = {"http-alt": 8080, "https": 443}
        if protocol != "tcp" or name not in ports:
            raise OSError("service/proto not found")
        return ports[name]

    def no_host(*_: object, **__: object) -> None:
        raise AssertionError("a host was looked up")

    monkeypatch.setattr("socket.getservbyname", by_name)
    monkeypatch.setattr("socket.getaddrinfo", no_host)
    monkeypatch.setattr("socket.gethostbyname", no_host)


def passing(*words: str) -> set[str]:
    parsed = parse(words)
    return {name for name, socket in ROWS.items() if parsed.matches(socket)}


# ---- tests of one end ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # src and dst
        ("src 127.0.0.1", {"listen", "server", "client"}),
        ("src = 127.0.0.1", {"listen", "server", "client"}),
        ("src == 127.0.0.1", {"listen", "server", "client"}),
        ("src eq 127.0.0.1", {"listen", "server", "client"}),
        ("src != 127.0.0.1", {"stuck"} | IPV6),
        ("src ne 127.0.0.1", {"stuck"} | IPV6),
        ("src neq 127.0.0.1", {"stuck"} | IPV6),
        ("dst 127.0.0.1:8080", {"client"}),
        ("dst 127.0.0.1:http-alt", {"client"}),
        ("dst != 127.0.0.1:8080", EVERY - {"client"}),
        ("src :8080", {"listen", "server"}),
        ("src = :8080", {"listen", "server"}),
        ("src *:8080", {"listen", "server"}),
        ("src :*", EVERY),
        ("src *", EVERY),
        ("src *:*", EVERY),
        ("src any", EVERY),
        ("src all", EVERY),
        ("src default", EVERY),
        ("src :https", {"stuck"}),
        # prefixes, as ss abbreviates them
        ("src 10.0.0.0/8", {"stuck"}),
        ("src 10/8", {"stuck"}),
        ("src 10.1/16:443", {"stuck"}),
        ("src 10.1/16:444", set()),
        ("src 10.1.9.9/16", {"stuck"}),
        ("src 10.1.2.3/255.255.0.0", {"stuck"}),
        ("src 10.1.2.3/32", {"stuck"}),
        ("src 127", set()),  # (ss) 127.0.0.0, one address
        ("src 0/0", IPV4),  # (ss)
        ("src 0.0.0.0/0.0.0.0", IPV4),
        ("src inet:*:8080", {"listen", "server"}),
        ("src inet:127.0.0.1", {"listen", "server", "client"}),
        # the far end of a LISTEN row is the wildcard
        ("dst 0.0.0.0", {"listen"}),
        ("dst [::]", {"listen6"}),
        ("dst :0", {"listen", "listen6"}),
        # IPv6
        ("src [::1]", {"listen6", "server6"}),
        ("src [::1]:8443", {"listen6", "server6"}),
        ("dst [fe80::]/10", {"far6"}),
        ("dst [fe80::]/10:1024", {"far6"}),
        ("dst [fe80::/10]", {"far6"}),  # (ss)
        ("dst [fe80::/10]:1025", set()),
        ("dst ::1/128", {"server6"}),  # (ss)
        ("dst fe80::/10:1024", {"far6"}),
        ("src inet6:[::]/0", IPV6),
        ("src inet6:*", IPV6),
        ("src inet6:", IPV6),
        ("src INET6:[::1]", {"listen6", "server6"}),
        ("src [::ffff:10.1.2.3]", {"stuck"}),
        ("src [::ffff:10.0.0.0]/104", {"stuck"}),
        ("dst != inet6:*", IPV4),
        # ports
        ("sport 8080", {"listen", "server"}),
        ("sport :8080", {"listen", "server"}),
        ("sport = :8080", {"listen", "server"}),
        ("sport == 8080", {"listen", "server"}),
        ("sport eq 8080", {"listen", "server"}),
        ("sport 0x1f90", {"listen", "server"}),  # (ss)
        ("sport = :http-alt", {"listen", "server"}),
        ("sport :", EVERY),  # (ss)
        ("sport *", EVERY),
        ("sport = :*", EVERY),
        ("sport != :*", set()),
        ("sport != 8080", EVERY - {"listen", "server"}),
        ("sport ne 8080", EVERY - {"listen", "server"}),
        ("sport neq 8080", EVERY - {"listen", "server"}),
        ("sport < 443", {"far6"}),
        ("sport lt 443", {"far6"}),
        ("sport <= 443", {"far6", "stuck"}),
        ("sport le :443", {"far6", "stuck"}),
        ("sport leq https", {"far6", "stuck"}),
        ("dport > 52056", {"server6"}),
        ("dport gt 52056", {"server6"}),
        ("dport >= 52056", {"server6", "server"}),
        ("dport ge 52056", {"server6", "server"}),
        ("dport geq :52056", {"server6", "server"}),
        ("dport < 100", {"listen", "listen6"}),  # a LISTEN row's far port is 0
        ("sport inet::8080", {"listen", "server"}),  # (ss)
        ("sport = inet6::8443", {"listen6", "server6"}),  # (ss)
        ("sport inet6:8080", set()),
    ],
)
def test_test_matches(text: str, expected: set[str]) -> None:
    assert passing(text) == expected


# ---- joining ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sport 8080 and dport 52056", {"server"}),
        ("sport 8080 & dport 52056", {"server"}),
        ("sport 8080 && dport 52056", {"server"}),
        ("sport 8080 dport 52056", {"server"}),
        ("sport 443 or sport 80", {"stuck", "far6"}),
        ("sport 443 | sport 80", {"stuck", "far6"}),
        ("sport 443 || sport 80", {"stuck", "far6"}),
        ("not sport 8080", EVERY - {"listen", "server"}),
        ("! sport 8080", EVERY - {"listen", "server"}),
        ("! ! sport 8080", {"listen", "server"}),
        ("! sport 8080 ! sport 8443", {"client", "stuck", "far6"}),  # (ss) not takes one term
        ("not ( sport 8080 or sport 8443 )", {"client", "stuck", "far6"}),
        # (ss) left to right, whatever the manual says
        ("dst 127.0.0.1 or src [::1] and sport 8443", {"listen6", "server6"}),
        ("dst 127.0.0.1 or ( src [::1] and sport 8443 )", {"server", "client", "listen6", "server6"}),
        ("sport 8443 and dport 1 or dport 8080", {"client"}),
        ("sport 443 or sport 80 dst [fe80::]/10", {"far6"}),
        # no blanks
        ("sport=:8080", {"listen", "server"}),
        ("sport<443", {"far6"}),
        ("(sport=:8080)", {"listen", "server"}),
        ("!(sport=:8080||sport=:8443)", {"client", "stuck", "far6"}),
        ("(sport>=80)&&(sport<=443)", {"far6", "stuck"}),
        ("src=127.0.0.1&dport=8080", {"client"}),
        ("((sport 8080))", {"listen", "server"}),
        # as pasted from a shell script
        (r"\( sport = :8080 or sport = :8443 \) dst 127.0.0.1", {"server"}),
        (r"\!sport = :8080", EVERY - {"listen", "server"}),
        ("SPORT = :8080 AND NOT DPORT 52056", {"listen"}),
        ("\tsport  \n 8080 ", {"listen", "server"}),
        ("", EVERY),
    ],
)
def test_expression_matches(text: str, expected: set[str]) -> None:
    assert passing(text) == expected
    assert passing(*text.split()) == expected


def test_expression_as_one_word_or_many_or_mixed() -> None:
    once = parse(["state established ( sport = :8080 or dport = :8080 )"])
    assert once == parse(["state", "established", "(", "sport", "=", ":8080", "or", "dport", "=", ":8080", ")"])
    assert once == parse(["state", "established", "( sport = :8080 or dport = :8080 )"])


def test_expression_long_chain_needs_no_recursion() -> None:
    assert passing(" or ".join(f"sport {port}" for port in range(1, 9000, 3)) + " or sport 8080") >= {"server"}


def test_states_and_expression_must_both_match() -> None:
    assert passing("state close-wait src 10/8") == {"stuck"}
    assert passing("exclude close-wait src 10/8") == set()
    assert passing("state listen") == {"listen", "listen6"}


# ---- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("sport", 6, "expected a port or service, found the end"),
        ("sport =", 8, "expected a port or service, found the end"),
        ("sport or dport 1", 7, "expected a port or service, found 'or'"),
        ("sport && dport 1", 7, "expected a port or service, found '&&'"),
        ("src )", 5, "expected an address, :port or both, found ')'"),
        ("src < 10.0.0.1", 5, "expected an address, :port or both, found '<'"),
        ("src state listen", 5, "'state' belongs before the whole expression"),
        ("( sport 80", 11, "expected ')', found the end"),
        ("sport 80 )", 10, "expected the end, found ')'"),
        (")", 1, "expected src, dst, sport, dport, not or '(', found ')'"),
        ("sport 80 and", 13, "expected src, dst, sport, dport, not or '(', found the end"),
        ("sport 80 and or sport 81", 14, "expected src, dst, sport, dport, not or '(', found 'or'"),
        ("sport 80 81", 10, "expected src, dst, sport, dport, not or '(', found '81'"),
        ("src 10/8 :80", 10, "expected src, dst, sport, dport, not or '(', found ':80'"),
        ("not", 4, "expected src, dst, sport, dport, not or '(', found the end"),
        ("()", 2, "expected src, dst, sport, dport, not or '(', found ')'"),
        ("sport 65536", 7, "expected a port up to 65535, found '65536'"),
        ("sport gopherx", 7, "expected a port or a service this machine knows, found 'gopherx'"),
        ("sport -1", 7, "expected a port or a service this machine knows, found '-1'"),
        ("sport 1.2.3.4:80", 7, "expected a port or a service this machine knows, found '1.2.3.4:80'"),
        ("sport < :*", 9, "expected a port to compare with, found ':*'"),
        ("src 1.2.3.4:x", 5, "expected a port or a service this machine knows, found '1.2.3.4:x'"),
        ("dst example.com", 5, "tracker never looks names up; give an address, not 'example.com'"),
        ("dst localhost:80", 5, "tracker never looks names up; give an address, not 'localhost:80'"),
        ("dst 10.0.0.256", 5, "expected an address, found '10.0.0.256'"),
        ("dst 1.2.3.4.5", 5, "expected an address, found '1.2.3.4.5'"),
        ("dst 10..1", 5, "expected an address, found '10..1'"),
        ("dst /8", 5, "expected an address, found '/8'"),
        ("dst [::g]", 5, "expected an address, found '[::g]'"),
        ("dst [::1", 5, "expected ']' in '[::1'"),
        ("dst [::1]80", 5, "expected '/prefix' or ':port' after ']' in '[::1]80'"),
        ("dst ::1", 5, "an IPv6 address stands in brackets, as in [2001:db8::1]:80; found '::1'"),
        ("dst [fe80::1%eth0]", 5, "packets do not show the interface of '[fe80::1%eth0]'"),
        ("dst 10.0.0.1/33", 5, "expected a prefix length, found '33' in '10.0.0.1/33'"),
        ("dst 10.0.0.1/", 5, "expected a prefix length, found '' in '10.0.0.1/'"),
        ("dst 10/255.0.255.0", 5, "expected a prefix length, found '255.0.255.0' in '10/255.0.255.0'"),
        ("dst 10/255.0.0.256", 5, "expected a prefix length, found '255.0.0.256' in '10/255.0.0.256'"),
        ("dst [::1]/129", 5, "expected a prefix length, found '129' in '[::1]/129'"),
        ("dst [::ffff:1.2.3.4]/95", 5, "expected a prefix length, found '95' in '[::ffff:1.2.3.4]/95'"),
        ("dst inet:[::1]", 5, "'inet:[::1]' is not an IPv4 address"),
        ("dst inet6:10.0.0.1", 5, "'inet6:10.0.0.1' is not an IPv6 address"),
        ("src unix:/tmp/x", 5, "'unix:/tmp/x': only inet: and inet6: carry TCP"),
        ("sport netlink::1", 7, "'netlink::1': only inet: and inet6: carry TCP"),
        ("dev eth0", 1, "ss knows 'dev' from the kernel; packets do not show it"),
        ("sport 80 fwmark 1", 10, "ss knows 'fwmark' from the kernel; packets do not show it"),
        ("cgroup = /a", 1, "ss knows 'cgroup' from the kernel; packets do not show it"),
        ("not autobound", 5, "ss knows 'autobound' from the kernel; packets do not show it"),
        ("state", 6, "expected a state or group of states, found the end"),
        ("state bogus", 7, "expected a state or group of states, found 'bogus'"),
        ("sport 80 and state listen", 14, "'state' belongs before the whole expression"),
        ("( sport 80 state listen )", 12, "'state' belongs before the whole expression"),
        ("sport 80 state listen or sport 81", 23, "expected the end, found 'or'"),
        ("( " * 101, 201, "more than 100 parentheses and nots inside each other"),
        ("! " * 5000, 201, "more than 100 parentheses and nots inside each other"),
    ],
)
def test_error_says_where_and_what(text: str, position: int, message: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse([text])
    assert str(caught.value) == f"filter, character {position}: {message}"
    assert caught.value.position == position
    assert isinstance(caught.value, ValueError)


def test_error_position_counts_over_all_words() -> None:
    with pytest.raises(FilterError) as caught:
        parse(["sport", "80", "dst", "example.com"])
    assert caught.value.position == 14


@given(st.lists(st.text("srcdportandornotinet6:*[]/.0123456789 ()!=<>&|\\", max_size=30), max_size=4))
def test_any_text_parses_or_is_a_filter_error(words: list[str]) -> None:
    try:
        parsed = parse(words)
    except FilterError as caught:
        error = caught
    else:
        for socket in ROWS.values():
            assert parsed.matches(socket) in {True, False}
        return
    assert "\n" not in str(error)
    assert 1 <= error.position <= len(" ".join(words)) + 1


# ---- printed and read again ------------------------------------------------------------------------------------------


def network(family: int, value: int, length: int) -> End:
    bits = 32 if family == 4 else 128
    mask = ((1 << bits) - 1) >> (bits - length) << (bits - length)
    return End(True, family, value >> (128 - bits) & mask, mask)


PORTS = st.none() | st.sampled_from([0, 80, 443, 1024, 8080, 8443, 52056]) | st.integers(0, 65535)
FAMILIES = st.sampled_from([None, 4, 6])
ADDRESSES = st.sampled_from([s.local for s in ROWS.values()]) | st.ip_addresses()
NETWORKS = st.builds(
    lambda address, length: network(
        address.version, int(address) << (0 if address.version == 6 else 96), min(length, address.max_prefixlen)
    ),
    # an IPv4-mapped network is an IPv4 one, which prints otherwise
    ADDRESSES.filter(lambda address: int(address) >> 32 != 0xFFFF),
    st.integers(1, 128),
)
TESTS = st.builds(
    lambda base, local, compare, port: dataclasses.replace(base, local=local, compare=compare, port=port),
    NETWORKS | st.builds(lambda family: End(True, family), FAMILIES),
    st.booleans(),
    st.sampled_from(["=", "!="]),
    PORTS,
) | st.builds(
    lambda local, family, compare, port: End(local, family, compare=compare, port=port),
    st.booleans(),
    FAMILIES,
    st.sampled_from(["<", ">", "<=", ">="]),
    st.integers(0, 65535),
)


def larger(terms: st.SearchStrategy[Term]) -> st.SearchStrategy[Term]:
    joined = st.lists(st.tuples(st.sampled_from(["and", "or"]), terms), min_size=1, max_size=3)
    return st.builds(Not, terms) | st.builds(lambda first, rest: Chain(first, tuple(rest)), terms, joined)


TERMS: st.SearchStrategy[Term] = st.recursive(TESTS, larger, max_leaves=8)
FILTERS = st.builds(Filter, st.none() | st.frozensets(st.sampled_from(sorted(ALL))), st.none() | TERMS)
SOCKETS = st.builds(
    lambda local, peer, local_port, peer_port, state: Socket(
        state, local, local_port, peer, peer_port if peer else 0, None, None, "seen", 0
    ),
    ADDRESSES,
    st.none() | ADDRESSES,
    PORTS.map(lambda port: port or 0),
    PORTS.map(lambda port: port or 0),
    st.sampled_from(sorted(ALL)),
)


@given(FILTERS, st.lists(SOCKETS, max_size=5))
def test_printed_filter_reads_back_and_matches_the_same(printed: Filter, sockets: list[Socket]) -> None:
    again = parse([str(printed)])
    assert again.states == printed.states
    for socket in [*ROWS.values(), *sockets]:
        assert again.matches(socket) == printed.matches(socket)


@given(FILTERS)
def test_printed_filter_reads_back_without_its_optional_blanks(printed: Filter) -> None:
    text = str(printed)
    tight = text
    for operator in ("( ", " )", " = ", " != ", " < ", " > ", " <= ", " >= "):
        tight = tight.replace(operator, operator.strip())
    assert parse([tight]) == parse([text])


@given(SOCKETS, ADDRESSES, st.integers(0, 128))
def test_network_agrees_with_ipaddress(socket: Socket, address: Address, length: int) -> None:
    length = min(length, address.max_prefixlen)
    if int(address) >> 32 == 0xFFFF or int(socket.local) >> 32 == 0xFFFF:
        return  # mapped addresses are compared as IPv4
    inside = socket.local in ip_network(f"{address}/{length}", strict=False)
    host = f"[{address}]" if address.version == 6 else str(address)
    assert parse([f"src {host}/{length}"]).matches(socket) == inside
