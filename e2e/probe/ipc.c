/* Other programs of the device: sockets of the system, IPC, and io_uring, which makes sockets past the seccomp filter. */
#include "probe.h"

#include <arpa/inet.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct verdict unix_connect(const struct attempt *self) {
    int fd = socket(AF_UNIX, self->number | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return failed(errno);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", self->arg);
    return judge(connect(fd, (struct sockaddr *)&address, sizeof address));
}

static struct verdict abstract_connect(const struct attempt *self) {
    (void)self;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return failed(errno);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(settings.abstract_name);
    if (length > sizeof address.sun_path - 1)
        return failed(ENAMETOOLONG);
    memcpy(address.sun_path + 1, settings.abstract_name, length);
    return judge(connect(fd, (struct sockaddr *)&address,
                         (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + length)));
}

static struct verdict unix_socket(const struct attempt *self) {
    (void)self;
    return judge(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static struct verdict unix_pair(const struct attempt *self) {
    (void)self;
    int pair[2];
    return judge(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
}

static struct verdict shared_memory(const struct attempt *self) {
    (void)self;
    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    if (id >= 0)
        shmctl(id, IPC_RMID, NULL);
    return judge(id);
}

#define I "ipc"
static const struct attempt ipc_attempts[] = {
    {"socket-unix", I, "make a Unix socket", false, unix_socket, 0, 0},
    {"socketpair-unix", I, "make a pair of connected Unix sockets", true, unix_pair, 0, 0},
    {"abstract-socket", I, "connect to an abstract Unix socket of the host", false, abstract_connect, 0, 0},
    {"dbus-system", I, "connect to the system D-Bus", false, unix_connect, "/run/dbus/system_bus_socket", SOCK_STREAM},
    {"agent-socket", I, "connect to the socket of the agent", false, unix_connect, "/run/sandbar-agent/agent.sock",
     SOCK_STREAM},
    {"systemd-private", I, "connect to the private socket of systemd", false, unix_connect, "/run/systemd/private",
     SOCK_STREAM},
    {"systemd-notify", I, "connect to the notify socket of systemd", false, unix_connect, "/run/systemd/notify",
     SOCK_DGRAM},
    {"journal-socket", I, "write to the journal in the name of others", false, unix_connect,
     "/run/systemd/journal/socket", SOCK_DGRAM},
    {"resolved-varlink", I, "ask the resolver of the system", false, unix_connect,
     "/run/systemd/resolve/io.systemd.Resolve", SOCK_STREAM},
    {"container-engine", I, "connect to the container engine", false, unix_connect, "/run/docker.sock", SOCK_STREAM},
    {"sysv-shared-memory", I, "make a shared memory segment", true, shared_memory, 0, 0},
};
GROUP(ipc_group, ipc_attempts);

static struct verdict uring_setup(const struct attempt *self) {
    (void)self;
    struct io_uring_params params = {0};
    return judge(syscall(SYS_io_uring_setup, 1, &params));
}

/* One operation through a ring of a single entry: its result, or an errno below 0. */
static int through_ring(const struct io_uring_sqe *operation) {
    struct io_uring_params params = {0};
    int ring = (int)syscall(SYS_io_uring_setup, 1, &params);
    if (ring < 0)
        return -errno;
    size_t size = params.sq_off.array + params.sq_entries * sizeof(unsigned);
    size_t cq_size = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
    size = cq_size > size ? cq_size : size;
    char *rings = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQ_RING);
    struct io_uring_sqe *sqe = mmap(NULL, params.sq_entries * sizeof *sqe, PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_POPULATE, ring, IORING_OFF_SQES);
    if (rings == MAP_FAILED || (void *)sqe == MAP_FAILED)
        return -errno;
    *sqe = *operation;
    ((unsigned *)(rings + params.sq_off.array))[0] = 0;
    __atomic_store_n((unsigned *)(rings + params.sq_off.tail), 1, __ATOMIC_RELEASE);
    if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
        return -errno;
    return ((struct io_uring_cqe *)(rings + params.cq_off.cqes))[0].res;
}

static int ring_socket(int family) {
    struct io_uring_sqe operation = {.opcode = IORING_OP_SOCKET, .fd = family};
    operation.off = family == AF_NETLINK ? SOCK_RAW : SOCK_STREAM;
    return through_ring(&operation);
}

static struct verdict of_ring(int result) { return result >= 0 ? opened() : failed(-result); }

static struct verdict uring_socket(const struct attempt *self) { return of_ring(ring_socket(self->number)); }

/* Past the filter on families; that on addresses, and the routes, are for every socket. */
static struct verdict uring_connect(const struct attempt *self) {
    (void)self;
    int fd = ring_socket(AF_INET);
    if (fd < 0)
        return failed(-fd);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)settings.port)};
    inet_pton(AF_INET, settings.target4, &address.sin_addr);
    struct io_uring_sqe operation = {.opcode = IORING_OP_CONNECT, .fd = fd, .addr = (uintptr_t)&address};
    operation.off = sizeof address;
    int result = through_ring(&operation);
    return result == -ECONNREFUSED ? opened() : of_ring(result); /* an answer is one, too */
}

#define OPERATION_BIND 56 /* since Linux 6.11 */

static struct verdict uring_bind(const struct attempt *self) {
    int fd = ring_socket(AF_INET);
    if (fd < 0)
        return failed(-fd);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)self->number)};
    struct io_uring_sqe operation = {.opcode = OPERATION_BIND, .fd = fd, .addr = (uintptr_t)&address};
    operation.addr2 = sizeof address;
    int result = through_ring(&operation);
    return result == -EADDRINUSE ? opened() : of_ring(result); /* filters come first, and let it pass */
}

static struct verdict uring_open(const struct attempt *self) {
    char path[128];
    scratch_path(path, sizeof path, "/tmp", ".ring");
    struct io_uring_sqe operation = {.opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)path};
    operation.len = (unsigned)self->number;
    operation.open_flags = O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC;
    int result = through_ring(&operation);
    unlink(path);
    return of_ring(result);
}

#define U "io_uring"
static const struct attempt uring_attempts[] = {
    {"io-uring-setup", U, "set up an io_uring", false, uring_setup, 0, 0},
    {"io-uring-socket-inet", U, "make an IPv4 socket by io_uring", false, uring_socket, 0, AF_INET},
    {"io-uring-socket-vsock", U, "make a hypervisor socket by io_uring", false, uring_socket, 0, AF_VSOCK},
    {"io-uring-socket-netlink", U, "make a netlink socket by io_uring", false, uring_socket, 0, AF_NETLINK},
    {"io-uring-socket-unix", U, "make a Unix socket by io_uring", false, uring_socket, 0, AF_UNIX},
    {"io-uring-connect", U, "connect to {target4} by io_uring", false, uring_connect, 0, 0},
    {"io-uring-bind", U, "bind TCP port 8088 by io_uring", false, uring_bind, 0, 8088},
    {"io-uring-open-setuid", U, "make a setuid file by io_uring", false, uring_open, 0, 04755},
};
GROUP(uring_group, uring_attempts);
