"""What each word means that tracker prints. `== kind: NAME | other spelling; another`, the meaning, then next:, check:, source:.

In a name N stands for a number or a span of time, STATE for a state.
"""

TEXTS = """
== state: LISTEN | LISTENING
A server waits for connections on this port. On the wire it is who answers a SYN with SYN-ACK; the row stands from the first
SYN-ACK until a SYN to the port is refused. The kernel would show 0.0.0.0 or * where the answering address stands here.
next: a SYN makes a new socket in SYN_RECV; the listener itself stays.
check: a server that nobody has connected to during the capture is not seen.
source: RFC 9293 3.3.2; tcp_conn_request()

== state: SYN_SENT | SYN-SENT
It has sent a SYN and waits for the answer: connect() has not returned.
next: a SYN-ACK makes it ESTABLISHED; an RST or an ICMP error ends the attempt; else the SYN is sent again (Linux: six times,
131 s).
check: no answer at all: a firewall that drops, a host that is down, a full accept queue (`nstat TcpExtListenDrops` there). An
answer that is in the capture but does not arrive: the way back, or a firewall before the client.
source: RFC 9293 3.3.2 and 3.10.7.3; tcp_syn_retries

== state: SYN_RECV | SYN-RECV; SYN_RECEIVED
It has answered a SYN with SYN-ACK and waits for the final ACK. With SYN_SENT these are the embryonic connections, which most
people call half-open.
next: the ACK makes it ESTABLISHED; else the SYN-ACK is sent again (Linux: five times, 63 s), then the request is dropped.
check: stuck here: the SYN-ACK or the ACK is lost, the accept queue is full (`ss -ltn`: Recv-Q above Send-Q), accept is
deferred until data comes (TCP_DEFER_ACCEPT), or the SYNs are forged (a SYN flood).
source: RFC 9293 3.3.2; tcp_check_req()

== state: ESTABLISHED | ESTAB
Both SYNs are acknowledged; data may go both ways.
next: who closes first sends a FIN and enters FIN_WAIT1; the other one enters CLOSE_WAIT. Or an RST ends it for both.
check: nothing on the wire is needed to stay here. That the other host has gone is noticed by sending data or keepalives only.
source: RFC 9293 3.3.2

== state: FIN_WAIT1 | FIN-WAIT-1
It has closed first: its FIN is sent and not acknowledged.
next: the ACK of the FIN makes it FIN_WAIT2, the other side's FIN makes it CLOSING, both in one segment TIME_WAIT.
check: stuck here, with retransmissions: the FIN or its ACK does not get through, or the other host is gone.
source: RFC 9293 3.3.2 and 3.6

== state: FIN_WAIT2 | FIN-WAIT-2
It has closed, and the other side knows; the other side has not closed. It can still receive.
next: the other side's FIN makes it TIME_WAIT.
check: stuck here: the application at the other end does not close (that end is in CLOSE_WAIT). After close() Linux gives up
silently after tcp_fin_timeout (60 s) and answers a later FIN with RST; after shutdown() it may last for ever.
source: RFC 9293 3.3.2 and 3.6; tcp_fin_timeout, tcp_rcv_state_process()

== state: CLOSE_WAIT | CLOSE-WAIT
The other side has closed, and this side's kernel has taken the FIN; this side's application has not called close(). It owes
the FIN.
next: its own close() sends the FIN and makes it LAST_ACK. No timer ends this state.
check: stuck here: the application does not notice the end of file or leaks the socket. Find who holds it: `ss -tnp state
close-wait` on that host.
source: RFC 9293 3.3.2 and 3.6; tcp_fin()

== state: CLOSING
Both sides have closed at the same time: the FINs crossed, and its own is not acknowledged.
next: the ACK of its FIN makes it TIME_WAIT.
check: stuck here, with retransmissions: its FIN or the ACK of it does not get through.
source: RFC 9293 3.6, figure 13

== state: LAST_ACK | LAST-ACK
It closed after the other side did: its FIN is sent and not acknowledged.
next: the ACK ends it.
check: stuck here, with retransmissions: the other host is gone, or a firewall forgot the half-closed connection.
source: RFC 9293 3.3.2 and 3.6

== state: TIME_WAIT | TIME-WAIT
Both sides have closed, and this side closed first. It keeps the ports for a while, so that late packets do no harm and a
repeated FIN gets its ACK.
next: a timer ends it (Linux: 60 s; see --profile). A new SYN with a higher number or timestamp may use the ports at once; an
exact RST ends it early.
check: many of them towards one server use up the client's ports: `tracker ss -tan CAPTURE state time-wait dst HOST`.
source: RFC 9293 3.3.2 and 3.6.1, RFC 6191, RFC 1337

== state: CLOSED | CLOSE; UNCONN
There is no connection, or none any more. netstat and ss list no such socket; `tracker flows` does.
next: nothing. A packet that still comes is answered with RST.
source: RFC 9293 3.3.2

== state: UNKNOWN
The capture shows nothing of this end. `tracker flows` prints `-`.
next: any packet that it sends tells its state.
source: tracker/tcp/states.py

== certainty: seen
Proven: the end's own packets could only be sent in this state. As a confidence (of the direction): a SYN or SYN-ACK tells the
client.
source: tracker/tcp/evidence.py

== certainty: assumed
It follows, if the network delivered what was sent to this end and it took it. Its own packets prove it later, or take it
back. As a confidence (of the direction): a port tells the client, no SYN was seen.
source: tracker/tcp/evidence.py

== certainty: timed
A timer of the profile (--profile) must have fired since; no packet shows it. Such a socket is in no table any more; `tracker
flows` says which timer, and when.
source: tracker/tcp/timers.py

== certainty: unknown
Nothing proves it: the capture starts in the middle of the connection, or shows one side only. `tracker flows` prints `?`
behind it.
source: tracker/tcp/evidence.py

== certainty: revised | taken back
A later packet proves that the end never was in this state: what should have led there had not arrived, or was not taken.
`tracker explain CAPTURE FLOW` says which packet, and why.
source: tracker/tcp/evidence.py

== certainty: proven
A later packet of the end's own proves the state that was only assumed when it was entered.
source: tracker/tcp/evidence.py

== certainty: uncertain | N of N rows uncertain
How many rows of the table rest on something unproven: no packet proves the state, it is only assumed of a host other than the
one that captured, or the capture has missed a part of that connection.
check: capture on the other host, too, and give both files.
source: README, How to read it

== verdict: accepted
The receiver takes the segment.
source: RFC 9293 3.10.7.4

== verdict: old data
All of it was acknowledged before: a repetition, a keepalive probe, or a stray. The receiver answers with an ACK and takes
nothing of it.
source: RFC 9293 3.10.7.4; tcp_validate_incoming()

== verdict: beyond the window
It lies right of all that the receiver has offered to take: forged, or the capture has missed the offer. An RST there closes
nothing.
source: RFC 9293 3.10.7.4, RFC 5961 3.2; tcp_sequence()

== verdict: old timestamp (PAWS) | PAWS; old timestamp
Its timestamp is older than one that the receiver has taken: a late duplicate, or another connection's. It is dropped and
acknowledged.
check: hosts behind one address translator with different clocks.
source: RFC 7323 5.3; tcp_paws_discard()

== verdict: challenged | challenge; challenge ACK
A SYN on a connection that exists, or an RST inside the window that is not exact: the receiver changes nothing and answers
with a challenge ACK. Who really has lost the connection answers that with an exact RST.
source: RFC 5961 3 and 4; tcp_send_challenge_ack()

== verdict: acknowledges data never sent
Its ACK is of data that the receiver has not sent: dropped. In SYN_SENT and SYN_RECV it is answered with RST.
source: RFC 9293 3.10.7.4; tcp_ack()

== verdict: no ACK
Neither SYN, RST nor ACK is set: every state drops it. In SYN_SENT: an RST without ACK.
source: RFC 9293 3.10.7.3 and 3.10.7.4

== verdict: captured twice
The very packet was seen before, on another interface or leg of a router. It was not sent again, and counts once.
source: tracker/tcp/duplicate.py

== verdict: too old acknowledgment
It acknowledges less than any window that was offered could explain: a packet of an earlier time, or a guess. The receiver
answers with a challenge ACK and drops it whole.
source: RFC 5961 5.2; tcp_ack()

== verdict: impossible flags
SYN together with FIN or RST: no TCP sends that. Scanners do. Nobody takes it, and it begins nothing.
source: RFC 9293 3.10.7; nf_conntrack's list of legal flags

== verdict: wrong checksum
Its checksum is wrong and those of its sender are right otherwise: the receiver has dropped it.
check: a cable, a card or a router's memory on the way; or a forged packet.
source: RFC 9293 3.1; tcp_v4_rcv()

== verdict: ignored | N ignored
Packets that their receiver must have ignored or only challenged; the verdict says why. `tracker packets` prints it behind the
line.
source: tracker/tcp/acceptance.py

== verdict: doubtful | doubtful: flow N has these ports
A SYN on a connection that lives. Anybody can send one; the receiver challenges it. Only what answers it tells whether a new
connection begins.
source: RFC 5961 4; tracker/tcp/incarnation.py

== direction: syn
The client is who sent the SYN.
source: tracker/views/direction.py

== direction: syn-ack
The SYN was not captured; the client is who got the SYN-ACK.
source: tracker/views/direction.py

== direction: simultaneous | simultaneous open
Both ends sent a SYN before either had the other's. There is no server; the first SYN's sender is called client.
source: RFC 9293 3.5, figure 7

== direction: self | connected to itself
Both ends are one address and port: a socket that connected to itself. It has one end, shown as client and as server.
check: connect() to a local port in the ephemeral range that nobody listens on.
source: RFC 9293 3.5

== direction: listener | start not seen
The capture does not show the handshake; the server is whose port was seen accepting in another connection.
source: tracker/views/direction.py

== direction: port | start not seen, client by port
The capture does not show the handshake; the server is taken to be the end with the lower port.
source: tracker/views/direction.py

== direction: unknown | client unknown
The capture does not show the handshake, and the ports tell nothing.
source: tracker/views/direction.py

== end: fin
Closed by FINs: at least one end has passed TIME_WAIT or the last ACK.
source: RFC 9293 3.6

== end: rst
Ended by an RST that its receiver took, or that its sender could only send without a connection.
check: who sent it (`tracker explain CAPTURE FLOW`): an application that closes with unread data or SO_LINGER 0, a host that
lost the connection, or a middlebox.
source: RFC 9293 3.5.2

== end: refused
The SYN was answered with RST: nothing listens on that port.
source: RFC 9293 3.10.7.1 and 3.10.7.3

== end: icmp
An ICMP error ended the attempt: a router or firewall says that there is no way. An open connection never ends so.
source: RFC 9293 3.9.2.2, RFC 5927

== end: superseded
The same addresses and ports began a new connection before this one was seen to end: one side had lost it (half-open in RFC
9293's sense), or the capture has missed its end.
source: RFC 9293 3.5.1

== end: none
It has not ended, as far as the packets up to this moment show.
source: tracker/views/flow_row.py

== timer: off
No timer runs: nothing is unacknowledged, and no keepalive probe was seen.
source: netstat(8)

== timer: on
Retransmission: what is unacknowledged is sent again when it fires. The count is of unanswered repetitions.
source: RFC 6298; ss(8)

== timer: keepalive
A keepalive probe is sent when it fires. Shown only once a probe was seen: before that the wire does not tell that keepalive
is on.
source: RFC 9293 3.8.4

== timer: timewait
The rest of TIME_WAIT, or of a FIN_WAIT2 whose application has closed.
source: tcp_fin_timeout; ss(8)

== timer: persist | probe
The other side's window is closed; a window probe is sent when it fires.
check: the application at the other end does not read.
source: RFC 9293 3.8.6.1

== timer: time-wait
TIME_WAIT has lasted as long as the profile says: the socket is gone.
source: RFC 9293 3.4.2; TCP_TIMEWAIT_LEN

== timer: fin-wait-2
FIN_WAIT2 has lasted as long as the profile leaves it to a socket whose application has closed: it is gone. One that is only
shut down, and still held by its application, stays.
source: tcp_fin_timeout

== timer: syn-retries
No answer to the SYN for as long as the profile tries: connect() has failed.
source: tcp_syn_retries

== timer: syn-ack-retries
No ACK of the SYN-ACK for as long as the profile tries: the request is dropped.
source: tcp_synack_retries

== timer: retries
It sent the same again and again, unacknowledged, and then nothing for much longer than its timer waits: it has given up.
check: the other host is down, or cut off; the application saw ETIMEDOUT.
source: tcp_retries2, tcp_orphan_retries; RFC 9293 3.8.3

== note: STATE timed out N ago
The state was the last that packets show; a timer of the profile must have ended it since.
source: tracker/tcp/timers.py

== note: life N of these ports
The same addresses and ports were used by that many connections before, each a flow of its own.
source: RFC 9293 3.6.1, RFC 6191

== note: ports used again by flow N
The same addresses and ports are another connection's by now.
source: RFC 9293 3.6.1, RFC 6191

== note: N retransmitted
Segments with nothing new in them: data, SYNs and FINs sent again, and probes.
source: RFC 6298

== note: N bytes not captured
The other side acknowledged them, so they were sent; the capture has missed them.
check: packets dropped by the capture (tcpdump says so when it ends), another path, a filter that is too narrow.
source: tracker/tcp/transfer.py

== note: ICMP error (N/N) | ICMP; ICMP6
The last ICMP or ICMPv6 error that quotes this connection, with its type and code. It ends an attempt; for an open connection it
is a hint only.
source: RFC 792, RFC 4443, RFC 5927

== note: no packets lost by the capture
Nothing was acknowledged that the capture does not show.
source: tracker/views/vantage.py

== note: the capture misses N bytes of N connections
Bytes that were acknowledged, so they were sent, and that the capture does not show.
check: packets dropped by the capture (tcpdump says so when it ends), another path, a filter that is too narrow.
source: tracker/views/vantage.py

== note: N packets stamped before the one in front of it
The capture's clock goes backwards there: several cores or interfaces wrote it, or the clock was set. Packets keep the file's order.
source: tracker/engine/feed.py

== note: seen from | seen from all hosts
Whose sockets the table lists: of --as, else of the host that captured, where the capture tells; what tells it stands in
parentheses.
source: tracker/views/vantage.py

== cause: syn
A SYN: its sender has called connect(); at a receiver in SYN_SENT, a simultaneous open.
source: tracker/tcp/states.py

== cause: syn-ack
A SYN-ACK: something listens where it comes from; who gets it is connected.
source: tracker/tcp/states.py

== cause: ack-of-syn
An ACK that covers the other side's SYN: the final ACK of the handshake.
source: tracker/tcp/states.py

== cause: data
What only an open connection sends, or is sent.
source: tracker/tcp/states.py

== cause: fin
A FIN: its sender has closed; for its receiver, everything before it has arrived, too.
source: tracker/tcp/states.py

== cause: ack-of-fin
An ACK that covers a FIN.
source: tracker/tcp/states.py

== cause: rst
An RST: its sender has no connection; its receiver loses it, if it is exact.
source: tracker/tcp/states.py

== cause: icmp
An ICMP error that quotes the SYN of an attempt.
source: tracker/tcp/states.py

== mark: ?
Behind a state: nothing proves it (certainty unknown).
source: tracker/tcp/evidence.py

== mark: -
For a state: the capture shows nothing of this end. For a queue, user or program: no packet tells.
source: README, How to read it

== mark: *
In `tracker packets`: this segment changed the state before it. In netstat and ss: any address or port.
source: tracker/views/packets.py

== mark: embryonic | half-open
Embryonic: SYN_SENT or SYN_RECV, the handshake is not finished; many call that half-open. Half-open in RFC 9293's sense: one
side has lost the connection and the other does not know.
source: RFC 9293 3.5.1

== mark: half-closed
One side's FIN is acknowledged, the other side's not sent: FIN_WAIT2 and CLOSE_WAIT. Data may still go the other way.
source: RFC 9293 3.6
"""
