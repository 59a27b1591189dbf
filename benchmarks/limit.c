/* The least that a program which tells TCP flows apart can do with a capture: what the machine allows.
 *
 * It maps a classic little-endian pcap of Ethernet, walks its records, decodes IPv4 and IPv6 (one VLAN tag) and TCP, finds
 * the flow of each packet in an open-addressing table (both directions are one flow), counts packets and bytes, ORs flags,
 * and keeps the highest sequence number, the last acknowledgement and whether a FIN was acknowledged.
 *
 * It has no state machine, keeps no history, does not tell two connections on the same ports apart, looks for no copies,
 * losses or forgeries, reads no options, no fragments, no extension headers, no other file format, and asks nothing of the
 * table but four sums. A flow tool that does any of this is slower.
 *
 *     cc -O3 -march=native limit.c -o limit && ./limit CAPTURE
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { FIN = 1, SYN = 2, RST = 4 };

typedef struct {
    uint64_t addresses[4]; /* the lower end's, then the higher end's */
    uint32_t ports, hash;
    uint32_t packets[2];
    uint64_t bytes[2];
    uint32_t next[2], acked[2];
    uint64_t first, last; /* us */
    uint8_t flags[2], closed, used;
} Flow;

typedef struct {
    uint64_t addresses[4];
    uint32_t ports, hash, seq, ack, length;
    uint64_t time;
    uint8_t side, flags;
} Segment;

static Flow *table;
static uint64_t capacity, flows;

static inline uint32_t be16(const uint8_t *at) { return (uint32_t)(at[0] << 8 | at[1]); }

static inline uint32_t be32(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, 4);
    return __builtin_bswap32(value);
}

static inline uint64_t mix(uint64_t a, uint64_t b) {
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static Flow *allocate(uint64_t count) {
    void *memory = mmap(0, count * sizeof(Flow), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return NULL;
#ifdef MADV_HUGEPAGE
    madvise(memory, count * sizeof(Flow), MADV_HUGEPAGE);
#endif
    return memory;
}

static int grow(void) {
    Flow *old = table, *bigger = allocate(capacity * 2);
    if (!bigger) return 0;
    for (uint64_t i = 0; i < capacity; i++) {
        if (!old[i].used) continue;
        uint64_t slot = old[i].hash & (capacity * 2 - 1);
        while (bigger[slot].used) slot = (slot + 1) & (capacity * 2 - 1);
        bigger[slot] = old[i];
    }
    munmap(old, capacity * sizeof(Flow));
    table = bigger;
    capacity *= 2;
    return 1;
}

static inline int decode(const uint8_t *frame, uint32_t captured, Segment *out) {
    if (captured < 34) return 0;
    uint32_t type = be16(frame + 12), offset = 14, total;
    uint64_t source[2] = {0, 0}, destination[2] = {0, 0};
    const uint8_t *tcp;
    if (type == 0x8100) type = be16(frame + 16), offset = 18;
    const uint8_t *ip = frame + offset;
    if (type == 0x0800) {
        uint32_t header = (ip[0] & 15) * 4;
        if (ip[9] != 6 || (be16(ip + 6) & 0x1FFF) || offset + header + 20 > captured) return 0;
        memcpy((uint8_t *)&source[1] + 4, ip + 12, 4);
        memcpy((uint8_t *)&destination[1] + 4, ip + 16, 4);
        total = be16(ip + 2) - header;
        tcp = ip + header;
    } else if (type == 0x86DD) {
        if (offset + 60 > captured || ip[6] != 6) return 0;
        memcpy(source, ip + 8, 16);
        memcpy(destination, ip + 24, 16);
        total = be16(ip + 4);
        tcp = ip + 40;
    } else {
        return 0;
    }
    uint32_t from = be16(tcp), to = be16(tcp + 2);
    int higher = source[0] != destination[0] ? source[0] > destination[0]
               : source[1] != destination[1] ? source[1] > destination[1]
                                             : from > to;
    out->side = (uint8_t)higher;
    memcpy(out->addresses, higher ? destination : source, 16);
    memcpy(out->addresses + 2, higher ? source : destination, 16);
    out->ports = higher ? to << 16 | from : from << 16 | to;
    out->seq = be32(tcp + 4);
    out->ack = be32(tcp + 8);
    out->flags = tcp[13];
    out->length = total - (tcp[12] >> 4) * 4;
    uint64_t hash = mix(out->addresses[0] ^ 0x9E3779B97F4A7C15, out->addresses[1] ^ 0xD6E8FEB86659FD93);
    hash = mix(hash ^ out->addresses[2], out->addresses[3] ^ 0xA0761D6478BD642F);
    out->hash = (uint32_t)mix(hash ^ out->ports, 0xE7037ED1A0B428DB);
    return 1;
}

static inline int count(const Segment *one) {
    uint64_t slot = one->hash & (capacity - 1);
    Flow *flow;
    for (;; slot = (slot + 1) & (capacity - 1)) {
        flow = &table[slot];
        if (!flow->used) break;
        if (flow->hash == one->hash && flow->ports == one->ports && !memcmp(flow->addresses, one->addresses, 32)) break;
    }
    int side = one->side, fresh = !flow->used;
    uint32_t next = one->seq + one->length + ((one->flags & (SYN | FIN)) != 0);
    if (fresh) {
        memcpy(flow->addresses, one->addresses, 32);
        flow->ports = one->ports;
        flow->hash = one->hash;
        flow->first = one->time;
        flow->used = 1;
        flows++;
    }
    flow->last = one->time;
    if (!flow->packets[side]++ || (int32_t)(next - flow->next[side]) > 0) flow->next[side] = next;
    flow->bytes[side] += one->length;
    flow->flags[side] |= one->flags;
    flow->acked[side] = one->ack;
    if (flow->flags[!side] & FIN && (int32_t)(one->ack - flow->next[!side]) >= 0) flow->closed |= (uint8_t)(1 << side);
    return !fresh || flows * 2 <= capacity || grow();
}

int main(int argc, char **argv) {
    int file = argc > 1 ? open(argv[1], O_RDONLY) : -1;
    struct stat about;
    if (file < 0 || fstat(file, &about)) return 3;
    uint64_t size = (uint64_t)about.st_size, packets = 0, segments = 0, bytes = 0;
    const uint8_t *mapped = mmap(0, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (mapped == MAP_FAILED) return 3;
    madvise((void *)mapped, size, MADV_SEQUENTIAL);
    capacity = 1 << 16;
    table = allocate(capacity);
    if (!table) return 1;
    for (uint64_t at = 24; at + 16 <= size;) {
        uint32_t head[4]; /* seconds, microseconds, captured, on the wire */
        memcpy(head, mapped + at, 16);
        if (at + 16 + head[2] > size) break;
        Segment segment;
        packets++;
        bytes += head[3];
        if (decode(mapped + at + 16, head[2], &segment)) {
            segments++;
            segment.time = head[0] * 1000000ull + head[1];
            if (!count(&segment)) return 1;
        }
        at += 16 + head[2];
    }
    uint64_t opened = 0, both = 0, reset = 0, silent = 0;
    for (uint64_t i = 0; i < capacity; i++) {
        const Flow *flow = &table[i];
        if (!flow->used) continue;
        opened += ((flow->flags[0] | flow->flags[1]) & SYN) != 0;
        reset += ((flow->flags[0] | flow->flags[1]) & RST) != 0;
        both += flow->flags[0] & flow->flags[1] & FIN;
        silent += !flow->packets[0] || !flow->packets[1];
    }
    printf("%llu packets, %llu of TCP, %llu bytes, %llu flows: %llu with SYN, %llu with both FINs, %llu with RST, %llu one-way\n",
           (unsigned long long)packets, (unsigned long long)segments, (unsigned long long)bytes, (unsigned long long)flows,
           (unsigned long long)opened, (unsigned long long)both, (unsigned long long)reset, (unsigned long long)silent);
    return 0;
}
