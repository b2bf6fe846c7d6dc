/*
 * Sandbar attack probe: what every group of attempts shares.
 *
 * An attempt is a function that tries one thing an app must not be able to do. It runs in a forked child of its own,
 * so that a kill by seccomp or a hang is a result like any other. It must leave the machine as it found it even when it
 * succeeds as root: where the kernel checks the right before the arguments, the attempt passes arguments that cannot
 * work and takes the error that follows the check (for example EINVAL after CAP_SYS_BOOT) as proof that the way is open.
 */
#ifndef SANDBAR_PROBE_H
#define SANDBAR_PROBE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum outcome {
    OUTCOME_OPEN,    /* the attempt worked, or passed the check that guards it */
    OUTCOME_DENIED,  /* refused; err says how */
    OUTCOME_KILLED,  /* the kernel killed the process; err is the signal */
    OUTCOME_TIMEOUT, /* no answer in time: a dropped packet, a blocked open */
    OUTCOME_ABSENT   /* not there for this process: hidden from it, or not on this machine */
};

struct verdict {
    enum outcome outcome;
    int err;
};

struct attempt {
    const char *id;
    const char *group;
    const char *title; /* may hold {target4} {target6} {lan4} {lan6} {port} */
    bool harmless;     /* true: may be open in a closed sandbox, no boundary is crossed */
    struct verdict (*run)(const struct attempt *self);
    const char *arg; /* a path, for attempts that share one function */
    int number;      /* a flag or family, likewise */
};

struct attempt_group {
    const struct attempt *attempts;
    size_t count;
};

struct settings {
    const char *target4, *target6, *lan4, *lan6, *abstract_name;
    int port;
    const char *self_path; /* this program, as a path that can be executed */
    pid_t main_pid;
};

extern struct settings settings;

/* Exit codes of an attempt that replaced itself by exec: the new program tells how it went. */
#define EXIT_EXEC_OPEN 42
#define EXIT_EXEC_DENIED 43

extern const struct attempt_group control_group, posture_group, network_group, port_group, ipc_group, uring_group, namespace_group,
    mount_group, kernel_group, time_group, process_group, memory_group, exec_group, identity_group, resource_group,
    file_group, device_group, abi_group, brickerbot_group, nested_group;

#define GROUP(name, array)                                                                                             \
    const struct attempt_group name = {array, sizeof(array) / sizeof(array[0])}

struct verdict opened(void);
/* Sorts an errno into denied, absent or timeout. */
struct verdict failed(int err);
struct verdict denied(int err);
struct verdict absent(int err);
/* Open when rc is not negative, else by errno. */
struct verdict judge(long rc);
/* Like judge, but the two errors are those that only a process which passed the check can get. */
struct verdict passed(long rc, int err1, int err2);

/* A path of our own below dir that exists nowhere else. */
void scratch_path(char *buffer, size_t size, const char *dir, const char *suffix);
/* Copies this program to fd; -1 with errno when it cannot. */
int copy_self_to(int fd);

/* Sends one netlink request (header filled in by the caller) and returns the errno of its acknowledgement, 0 = done. */
int netlink_transact(int protocol, void *message, size_t length);

struct verdict open_path(const struct attempt *self);
struct verdict connect_host(int family, int type, int protocol, const char *host, int port);

#endif
