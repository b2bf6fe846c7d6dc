/* What an app does in namespaces of its own, and what it must not do even there. */
#include "probe.h"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define EXIT_ERRNO 100 /* below it: open; from it on: refused, with an errno that fits */

typedef long (*deed)(const char *own);

static void write_text(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        if (write(fd, text, strlen(text)) < 0)
            (void)0; /* seen by what fails then */
        close(fd);
    }
}

/* Maps the own user to root, as every such sandbox does. */
static void become_root_inside(unsigned user, unsigned group) {
    char map[64];
    write_text("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "0 %u 1", user);
    write_text("/proc/self/uid_map", map);
    snprintf(map, sizeof map, "0 %u 1", group);
    write_text("/proc/self/gid_map", map);
}

/* As the first process of the new namespaces, with a folder of its own to mount over. */
static int inside(deed run, unsigned user, unsigned group, int outer) {
    become_root_inside(user, group);
    char own[64];
    snprintf(own, sizeof own, "/tmp/.sandbar-probe-nested-%d", outer);
    bool made = mkdir(own, 0700) == 0 || errno == EEXIST;
    long rc = made && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 ? run(own) : -1;
    int err = errno;
    umount2(own, MNT_DETACH);
    rmdir(own);
    return rc >= 0 ? 0 : EXIT_ERRNO + (err < 150 ? err : EPERM);
}

static struct verdict in_namespaces(deed run) {
    unsigned user = geteuid(), group = getegid();
    int outer = (int)getpid(); /* every one is process 1 inside */
    unsigned long kinds = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID;
    long pid = syscall(SYS_clone, kinds | SIGCHLD, NULL, NULL, NULL, 0UL);
    if (pid == 0)
        _exit(inside(run, user, group, outer));
    if (pid < 0)
        return failed(errno);
    int status = 0;
    if (waitpid((pid_t)pid, &status, 0) < 0 || !WIFEXITED(status))
        return denied(EPERM);
    int code = WEXITSTATUS(status);
    return code < EXIT_ERRNO ? opened() : denied(code - EXIT_ERRNO);
}

static long mount_own(const char *own) { return mount("tmpfs", own, "tmpfs", MS_NOSUID | MS_NODEV, NULL); }

static struct verdict nested_tmpfs(const struct attempt *self) {
    (void)self;
    return in_namespaces(mount_own);
}

static long pivot_own(const char *own) {
    char old[80];
    snprintf(old, sizeof old, "%s/old", own);
    return mount_own(own) < 0 || mkdir(old, 0700) < 0 ? -1 : syscall(SYS_pivot_root, own, old);
}

static struct verdict nested_pivot(const struct attempt *self) {
    (void)self;
    return in_namespaces(pivot_own);
}

static long execute_own(const char *own) {
    char path[80];
    snprintf(path, sizeof path, "%s/probe", own);
    if (mount_own(own) < 0)
        return -1;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
    if (fd < 0 || copy_self_to(fd) < 0)
        return -1;
    close(fd);
    pid_t child = fork();
    if (child == 0) {
        execl(path, "probe", "--exec-ok", "-", (char *)NULL);
        _exit(EXIT_EXEC_DENIED);
    }
    int status = 0;
    waitpid(child, &status, 0);
    errno = EACCES;
    return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_EXEC_OPEN ? 0 : -1;
}

static struct verdict nested_exec(const struct attempt *self) {
    (void)self;
    return in_namespaces(execute_own);
}

static long read_processors(const char *own) {
    char path[80];
    snprintf(path, sizeof path, "%s/cpuinfo", own);
    return mount("proc", own, "proc", 0, NULL) < 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC);
}

static struct verdict nested_proc(const struct attempt *self) {
    (void)self;
    return in_namespaces(read_processors);
}

static const char *const hidden[] = {"/sys/firmware", "/sys/kernel/debug", "/sys/fs/bpf", "/boot", "/var/log",
                                     "/etc/systemd",  "/var/lib/sandbar",  "/run",        "/dev",  "/proc"};

/* What the sandbox mounted is locked together: the kernel takes none of it away in another user namespace. */
static long uncover(const char *own) {
    (void)own;
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
        if (umount2(hidden[i], MNT_DETACH) == 0)
            return 0;
    return -1;
}

static struct verdict nested_uncover(const struct attempt *self) {
    (void)self;
    return in_namespaces(uncover);
}

/* A flag against executing is locked too; the mount over it is not, and has its flags. */
static long loosen(const char *own) {
    (void)own;
    return mount(NULL, "/dev/shm", NULL, MS_REMOUNT | MS_BIND, NULL);
}

static struct verdict nested_loosen(const struct attempt *self) {
    (void)self;
    return in_namespaces(loosen);
}

static long reach_groups(const char *own) { return mount("cgroup2", own, "cgroup2", 0, NULL); }

static struct verdict nested_cgroups(const struct attempt *self) {
    (void)self;
    return in_namespaces(reach_groups);
}

#define N "nested"
static const struct attempt nested_attempts[] = {
    {"nested-tmpfs", N, "mount a tmpfs in namespaces of its own", false, nested_tmpfs, 0, 0},
    {"nested-pivot-root", N, "change the root in namespaces of its own", false, nested_pivot, 0, 0},
    {"nested-exec", N, "execute a file dropped in a tmpfs of its own", false, nested_exec, 0, 0},
    {"nested-proc", N, "read the processors of the device in a /proc of its own", false, nested_proc, 0, 0},
    {"nested-uncover", N, "uncover what is hidden, in namespaces of its own", false, nested_uncover, 0, 0},
    {"nested-loosen", N, "take the flags off a mount, in namespaces of its own", false, nested_loosen, 0, 0},
    {"nested-cgroups", N, "mount the control groups in namespaces of its own", false, nested_cgroups, 0, 0},
};
GROUP(nested_group, nested_attempts);
