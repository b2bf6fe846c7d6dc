/* What the groups share: sorting of results, scratch files, netlink. */
#include "probe.h"

#include <linux/netlink.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

struct verdict opened(void) { return (struct verdict){OUTCOME_OPEN, 0}; }

struct verdict denied(int err) { return (struct verdict){OUTCOME_DENIED, err}; }

struct verdict absent(int err) { return (struct verdict){OUTCOME_ABSENT, err}; }

struct verdict failed(int err) {
    switch (err) {
    case ENOSYS:
    case ENOENT:
    case ENODEV:
    case ENXIO:
    case EPROTONOSUPPORT:
    case ENOPROTOOPT:
        return absent(err);
    case ETIMEDOUT:
        return (struct verdict){OUTCOME_TIMEOUT, err};
    default:
        return denied(err);
    }
}

struct verdict judge(long rc) { return rc >= 0 ? opened() : failed(errno); }

struct verdict passed(long rc, int err1, int err2) {
    if (rc < 0 && (errno == err1 || errno == err2))
        return (struct verdict){OUTCOME_OPEN, errno};
    return judge(rc);
}

void scratch_path(char *buffer, size_t size, const char *dir, const char *suffix) {
    snprintf(buffer, size, "%s/.sandbar-probe-%d%s", dir, (int)getpid(), suffix);
}

int copy_self_to(int fd) {
    int self = open(settings.self_path, O_RDONLY | O_CLOEXEC);
    if (self < 0)
        return -1;
    char buffer[65536];
    ssize_t got;
    while ((got = read(self, buffer, sizeof buffer)) > 0)
        if (write(fd, buffer, (size_t)got) != got)
            break;
    int err = errno;
    close(self);
    errno = err;
    return got == 0 ? 0 : -1;
}

int netlink_transact(int protocol, void *message, size_t length) {
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    if (fd < 0)
        return errno;
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    if (sendto(fd, message, length, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0)
        return errno;
    char reply[8192] __attribute__((aligned(8)));
    ssize_t got = recv(fd, reply, sizeof reply, 0);
    if (got < 0)
        return errno;
    for (struct nlmsghdr *header = (struct nlmsghdr *)reply; NLMSG_OK(header, (size_t)got);
         header = NLMSG_NEXT(header, got))
        if (header->nlmsg_type == NLMSG_ERROR)
            return -((struct nlmsgerr *)NLMSG_DATA(header))->error;
    return 0;
}

struct verdict open_path(const struct attempt *self) {
    /* An app that is process 1 of a process namespace of its own finds only itself there. */
    if (settings.main_pid == 1 && strncmp(self->arg, "/proc/1/", 8) == 0)
        return absent(0);
    return judge(open(self->arg, self->number | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
}
