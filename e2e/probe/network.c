/* Sockets: out to the internet and the local network, raw and exotic families, and what listens. */
#include "probe.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/vm_sockets.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif
#define ANSWER_MILLIS 800
/* The same in every network namespace (LOOPBACK_IFINDEX), and asking for it takes a socket of another family. */
#define LOOPBACK_LINK 1

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t address_of(union address *address, int family, const char *host, int port) {
    memset(address, 0, sizeof *address);
    if (family == AF_INET) {
        address->v4.sin_family = AF_INET;
        address->v4.sin_port = htons((uint16_t)port);
        if (host)
            inet_pton(AF_INET, host, &address->v4.sin_addr);
        return sizeof address->v4;
    }
    address->v6.sin6_family = AF_INET6;
    address->v6.sin6_port = htons((uint16_t)port);
    if (host)
        inet_pton(AF_INET6, host, &address->v6.sin6_addr);
    return sizeof address->v6;
}

/* The end of a connection attempt whose first call returned rc. Refused is open: an answer came back. */
static struct verdict await_answer(int fd, long rc) {
    if (rc < 0 && errno == EINPROGRESS) {
        struct pollfd wait = {.fd = fd, .events = POLLOUT};
        if (poll(&wait, 1, ANSWER_MILLIS) == 0)
            return failed(ETIMEDOUT);
        int err = 0;
        socklen_t size = sizeof err;
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size);
        errno = err;
        rc = err ? -1 : 0;
    }
    return passed(rc, ECONNREFUSED, ECONNREFUSED);
}

struct verdict connect_host(int family, int type, int protocol, const char *host, int port) {
    int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    if (fd < 0)
        return failed(errno);
    union address address;
    socklen_t length = address_of(&address, family, host, port);
    if (type != SOCK_STREAM)
        return judge(sendto(fd, "x", 1, 0, &address.any, length));
    return await_answer(fd, connect(fd, &address.any, length));
}

static struct verdict tcp4(const struct attempt *self) {
    (void)self;
    return connect_host(AF_INET, SOCK_STREAM, 0, settings.target4, settings.port);
}

static struct verdict tcp6(const struct attempt *self) {
    (void)self;
    return connect_host(AF_INET6, SOCK_STREAM, 0, settings.target6, settings.port);
}

static struct verdict tcp_mapped(const struct attempt *self) {
    (void)self;
    char mapped[64];
    snprintf(mapped, sizeof mapped, "::ffff:%s", settings.target4);
    return connect_host(AF_INET6, SOCK_STREAM, 0, mapped, settings.port);
}

static struct verdict mptcp(const struct attempt *self) {
    (void)self;
    return connect_host(AF_INET, SOCK_STREAM, IPPROTO_MPTCP, settings.target4, settings.port);
}

static struct verdict udp4(const struct attempt *self) {
    (void)self;
    return connect_host(AF_INET, SOCK_DGRAM, 0, settings.target4, 53);
}

static struct verdict udp6(const struct attempt *self) {
    (void)self;
    return connect_host(AF_INET6, SOCK_DGRAM, 0, settings.target6, 53);
}

static struct verdict lan_tcp4(const struct attempt *self) {
    (void)self;
    return connect_host(AF_INET, SOCK_STREAM, 0, settings.lan4, settings.port);
}

static struct verdict lan_tcp6(const struct attempt *self) {
    (void)self;
    return connect_host(AF_INET6, SOCK_STREAM, 0, settings.lan6, settings.port);
}

static struct verdict lan_udp4(const struct attempt *self) {
    (void)self;
    return connect_host(AF_INET, SOCK_DGRAM, 0, settings.lan4, 53);
}

static struct verdict loopback4(const struct attempt *self) {
    (void)self;
    return connect_host(AF_INET, SOCK_STREAM, 0, "127.0.0.1", settings.port);
}

static struct verdict multicast4(const struct attempt *self) {
    (void)self;
    return connect_host(AF_INET, SOCK_DGRAM, 0, "224.0.0.251", 5353);
}

static struct verdict fast_open(const struct attempt *self) {
    (void)self;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return failed(errno);
    union address address;
    socklen_t length = address_of(&address, AF_INET, settings.target4, settings.port);
    return await_answer(fd, sendto(fd, "x", 1, MSG_FASTOPEN, &address.any, length));
}

/* Family in number, type and protocol in arg ("stream", "dgram", "raw:N"). */
static struct verdict plain_socket(const struct attempt *self) {
    int type = SOCK_STREAM, protocol = 0;
    if (strncmp(self->arg, "raw:", 4) == 0) {
        type = SOCK_RAW;
        protocol = atoi(self->arg + 4);
    } else if (strncmp(self->arg, "dgram:", 6) == 0) {
        type = SOCK_DGRAM;
        protocol = atoi(self->arg + 6);
    } else if (strcmp(self->arg, "seqpacket") == 0) {
        type = SOCK_SEQPACKET;
    }
    return judge(socket(self->number, type | SOCK_CLOEXEC, protocol));
}

static struct verdict icmp_echo(const struct attempt *self) {
    (void)self;
    int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
    if (fd < 0)
        return failed(errno);
    union address address;
    socklen_t length = address_of(&address, AF_INET, settings.target4, 0);
    const unsigned char echo[8] = {8, 0, 0xf7, 0xff, 0, 0, 0, 0};
    return judge(sendto(fd, echo, sizeof echo, 0, &address.any, length));
}

/* One frame of the local experimental type on the loopback link: nobody listens to it. */
static struct verdict packet_send(const struct attempt *self) {
    (void)self;
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return failed(errno);
    struct sockaddr_ll link = {.sll_family = AF_PACKET, .sll_ifindex = LOOPBACK_LINK, .sll_halen = 6};
    const unsigned char frame[60] = {[12] = 0x88, [13] = 0xb5};
    return judge(sendto(fd, frame, sizeof frame, 0, (struct sockaddr *)&link, sizeof link));
}

static struct verdict vsock_bind(const struct attempt *self) {
    (void)self;
    int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return failed(errno);
    struct sockaddr_vm address = {
        .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = VMADDR_PORT_ANY};
    return judge(bind(fd, (struct sockaddr *)&address, sizeof address));
}

/* A route through an interface that does not exist: ENODEV comes after the check for CAP_NET_ADMIN. */
static struct verdict route_add(const struct attempt *self) {
    (void)self;
    struct {
        struct nlmsghdr header;
        struct rtmsg route;
        struct rtattr oif;
        int index;
    } request = {.header = {.nlmsg_len = sizeof request,
                            .nlmsg_type = RTM_NEWROUTE,
                            .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE},
                 .route = {.rtm_family = AF_INET,
                           .rtm_table = RT_TABLE_MAIN,
                           .rtm_protocol = RTPROT_STATIC,
                           .rtm_scope = RT_SCOPE_LINK,
                           .rtm_type = RTN_UNICAST},
                 .oif = {.rta_len = RTA_LENGTH(sizeof(int)), .rta_type = RTA_OIF},
                 .index = 0x7ffffff0};
    errno = netlink_transact(NETLINK_ROUTE, &request, sizeof request);
    return passed(errno ? -1 : 0, ENODEV, ENODEV);
}

/* As ordinary programs do, which bind the socket; a network without the device's has the loopback link at most. */
static struct verdict read_links(const struct attempt *self) {
    (void)self;
    struct ifaddrs *links;
    if (getifaddrs(&links) < 0)
        return failed(errno);
    bool found = false;
    for (struct ifaddrs *link = links; link; link = link->ifa_next)
        found |= !(link->ifa_flags & IFF_LOOPBACK);
    freeifaddrs(links);
    return found ? opened() : denied(0);
}

static struct verdict network_namespace_links(const struct attempt *self) {
    (void)self;
    return judge(open("/sys/class/net", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static struct verdict socket_option(const struct attempt *self) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return failed(errno);
    int mark = 1;
    const void *value = self->arg ? (const void *)self->arg : &mark;
    return judge(setsockopt(fd, SOL_SOCKET, self->number, value, self->arg ? (socklen_t)strlen(self->arg) : sizeof mark));
}

#define N "network"
static const struct attempt network_attempts[] = {
    {"tcp4-out", N, "connect to {target4}:{port}", false, tcp4, 0, 0},
    {"tcp6-out", N, "connect to [{target6}]:{port}", false, tcp6, 0, 0},
    {"tcp4-mapped-out", N, "connect to [::ffff:{target4}]:{port}", false, tcp_mapped, 0, 0},
    {"mptcp-out", N, "connect to {target4}:{port} over multipath TCP", false, mptcp, 0, 0},
    {"tcp-fastopen-out", N, "send data to {target4}:{port} by TCP fast open", false, fast_open, 0, 0},
    {"udp4-out", N, "send a datagram to {target4}:53", false, udp4, 0, 0},
    {"udp6-out", N, "send a datagram to [{target6}]:53", false, udp6, 0, 0},
    {"lan-tcp4", N, "connect to {lan4}:{port} on the local network", false, lan_tcp4, 0, 0},
    {"lan-tcp6", N, "connect to [{lan6}]:{port} on the local network", false, lan_tcp6, 0, 0},
    {"lan-udp4", N, "send a datagram to {lan4}:53 on the local network", false, lan_udp4, 0, 0},
    {"lan-multicast", N, "send to the multicast group 224.0.0.251:5353", false, multicast4, 0, 0},
    {"loopback-tcp4", N, "connect to 127.0.0.1:{port}", false, loopback4, 0, 0},
    {"socket-inet", N, "make an IPv4 socket", false, plain_socket, "stream", AF_INET},
    {"socket-inet6", N, "make an IPv6 socket", false, plain_socket, "stream", AF_INET6},
    {"socket-ping", N, "make an ICMP echo socket", false, plain_socket, "dgram:1", AF_INET},
    {"socket-raw-icmp", N, "make a raw ICMP socket", false, plain_socket, "raw:1", AF_INET},
    {"socket-raw-ip", N, "make a raw IP socket", false, plain_socket, "raw:255", AF_INET},
    {"socket-raw-icmp6", N, "make a raw ICMPv6 socket", false, plain_socket, "raw:58", AF_INET6},
    {"raw-icmp-send", N, "send a raw ICMP echo to {target4}", false, icmp_echo, 0, 0},
    {"socket-packet", N, "make a packet socket (AF_PACKET)", false, plain_socket, "raw:0", AF_PACKET},
    {"packet-send", N, "send an Ethernet frame past the IP layer", false, packet_send, 0, 0},
    {"socket-vsock", N, "bind a socket to the hypervisor (AF_VSOCK)", false, vsock_bind, 0, 0},
    {"socket-netlink", N, "make a netlink route socket", false, plain_socket, "raw:0", AF_NETLINK},
    {"socket-uevent", N, "listen to device events of the kernel (netlink)", false, plain_socket, "raw:15", AF_NETLINK},
    {"socket-audit", N, "make a netlink audit socket", false, plain_socket, "raw:9", AF_NETLINK},
    {"network-links", N, "read the network links of the device by netlink", false, read_links, 0, 0},
    {"route-add", N, "add a route by netlink", false, route_add, 0, 0},
    {"socket-alg", N, "make a kernel crypto socket (AF_ALG)", false, plain_socket, "seqpacket", AF_ALG},
    {"socket-bluetooth", N, "make a raw Bluetooth socket", false, plain_socket, "raw:1", AF_BLUETOOTH},
    {"socket-can", N, "make a CAN bus socket", false, plain_socket, "raw:1", AF_CAN},
    {"socket-nfc", N, "make an NFC socket", false, plain_socket, "seqpacket", AF_NFC},
    {"socket-xdp", N, "make an XDP socket", false, plain_socket, "raw:0", AF_XDP},
    {"socket-tipc", N, "make a TIPC socket", false, plain_socket, "stream", AF_TIPC},
    {"socket-kcm", N, "make a kernel connection multiplexer socket", false, plain_socket, "seqpacket", AF_KCM},
    {"socket-qrtr", N, "make a Qualcomm IPC router socket", false, plain_socket, "dgram:0", AF_QIPCRTR},
    {"bind-to-device", N, "leave a VPN by SO_BINDTODEVICE", false, socket_option, "lo", SO_BINDTODEVICE},
    {"socket-mark", N, "mark packets for another routing table (SO_MARK)", false, socket_option, 0, SO_MARK},
    {"sys-class-net", N, "list network links in /sys/class/net", true, network_namespace_links, 0, 0},
};
GROUP(network_group, network_attempts);

static struct verdict bind_port(const struct attempt *self) {
    int family = strchr(self->arg, '6') ? AF_INET6 : AF_INET;
    int type = strncmp(self->arg, "udp", 3) == 0 ? SOCK_DGRAM : SOCK_STREAM;
    int fd = socket(family, type | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return failed(errno);
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    union address address;
    socklen_t length = address_of(&address, family, NULL, self->number);
    return passed(bind(fd, &address.any, length), EADDRINUSE, EADDRINUSE);
}

/* listen() on a socket without an address gets a port from the kernel and passes by every bind rule. */
static struct verdict listen_unbound(const struct attempt *self) {
    (void)self;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return failed(errno);
    return judge(listen(fd, 1));
}

/* The call alone: without a socket it fails with EBADF after the filter, so its families and arguments do not matter. */
static struct verdict call_alone(const struct attempt *self) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    long rc = self->number == SYS_bind ? syscall(SYS_bind, -1, &address, sizeof address) : syscall(self->number, -1, 1);
    return passed(rc, EBADF, EBADF);
}

/*
 * bind() on every socket that can be had, to an address that its family may refuse: only EPERM is a filter's answer.
 * Not of AF_CAN and AF_NETLINK, where bind comes with the permission.
 */
static struct verdict bind_every_family(const struct attempt *self) {
    (void)self;
    const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW};
    for (int family = 1; family < 46; family++)
        for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
            int fd = family == AF_CAN || family == AF_NETLINK ? -1 : socket(family, types[i] | SOCK_CLOEXEC, 0);
            if (fd < 0)
                continue;
            struct sockaddr_storage address = {.ss_family = (sa_family_t)family};
            socklen_t size = family == AF_UNIX ? sizeof(sa_family_t) : sizeof(struct sockaddr_in6);
            long rc = bind(fd, (struct sockaddr *)&address, size);
            int err = errno;
            close(fd);
            if (rc == 0 || err != EPERM)
                return opened();
        }
    return denied(EPERM);
}

/* A pair needs no socket(), and so no family; the kernel picks an abstract name for it. */
static struct verdict bind_pair(const struct attempt *self) {
    (void)self;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) < 0)
        return failed(errno);
    struct sockaddr address = {.sa_family = AF_UNIX};
    return judge(bind(pair[0], &address, sizeof(sa_family_t)));
}

#define P "ports"
static const struct attempt port_attempts[] = {
    {"bind-80", P, "bind TCP port 80", false, bind_port, "tcp4", 80},
    {"bind-22", P, "bind TCP port 22", false, bind_port, "tcp4", 22},
    {"bind-80-v6", P, "bind TCP port 80 (IPv6)", false, bind_port, "tcp6", 80},
    {"bind-8088", P, "bind TCP port 8088", false, bind_port, "tcp4", 8088},
    {"bind-8088-v6", P, "bind TCP port 8088 (IPv6)", false, bind_port, "tcp6", 8088},
    {"bind-udp-53", P, "bind UDP port 53", false, bind_port, "udp4", 53},
    {"bind-udp-5353", P, "bind UDP port 5353", false, bind_port, "udp4", 5353},
    {"bind-udp-0", P, "bind any UDP port", false, bind_port, "udp4", 0},
    {"listen-unbound", P, "listen on TCP without bind", false, listen_unbound, 0, 0},
    {"bind-call", P, "call bind", false, call_alone, 0, SYS_bind},
    {"listen-call", P, "call listen", false, call_alone, 0, SYS_listen},
    {"bind-every-family", P, "bind a socket of any family", false, bind_every_family, 0, 0},
    {"bind-unix-pair", P, "give one of a pair of Unix sockets a name", false, bind_pair, 0, 0},
};
GROUP(port_group, port_attempts);
