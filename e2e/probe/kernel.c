/* Namespaces, mounts, modules, kernel settings and clocks: what belongs to whoever owns the device. */
#include "probe.h"

#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/quota.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
#define NOWHERE "/sandbar-probe-nowhere"

static struct verdict unshare_namespace(const struct attempt *self) { return judge(unshare(self->number)); }

struct clone3_args {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
};

/* A sandbox answers ENOSYS so that libraries fall back to clone; every kernel since 5.3 has the call. */
static struct verdict clone3_user(const struct attempt *self) {
    (void)self;
    struct clone3_args args = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
    long pid = syscall(SYS_clone3, &args, sizeof args);
    if (pid == 0)
        _exit(0);
    if (pid < 0)
        return denied(errno);
    waitpid((pid_t)pid, NULL, 0);
    return opened();
}

static struct verdict clone_user(const struct attempt *self) {
    (void)self;
    long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, 0UL);
    if (pid == 0)
        _exit(0);
    if (pid > 0)
        waitpid((pid_t)pid, NULL, 0);
    return judge(pid);
}

static struct verdict join_namespace(const struct attempt *self) {
    int fd = open(self->arg, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? failed(errno) : judge(setns(fd, 0));
}

#define NS "namespaces"
static const struct attempt namespace_attempts[] = {
    {"unshare-user", NS, "make a user namespace", false, unshare_namespace, 0, CLONE_NEWUSER},
    {"unshare-mount", NS, "make a mount namespace", false, unshare_namespace, 0, CLONE_NEWNS},
    {"unshare-net", NS, "make a network namespace", false, unshare_namespace, 0, CLONE_NEWNET},
    {"unshare-pid", NS, "make a process namespace", false, unshare_namespace, 0, CLONE_NEWPID},
    {"unshare-uts", NS, "make a host name namespace", false, unshare_namespace, 0, CLONE_NEWUTS},
    {"unshare-ipc", NS, "make an IPC namespace", false, unshare_namespace, 0, CLONE_NEWIPC},
    {"unshare-cgroup", NS, "make a cgroup namespace", false, unshare_namespace, 0, CLONE_NEWCGROUP},
    {"unshare-time", NS, "make a time namespace", false, unshare_namespace, 0, CLONE_NEWTIME},
    {"unshare-user-net", NS, "make a user and a network namespace at once", false, unshare_namespace, 0,
     CLONE_NEWUSER | CLONE_NEWNET},
    {"clone-user", NS, "start a process in a new user namespace (clone)", false, clone_user, 0, 0},
    {"clone3-user", NS, "start a process in a new user namespace (clone3)", false, clone3_user, 0, 0},
    {"setns-own", NS, "enter a namespace by setns", false, join_namespace, "/proc/self/ns/net", 0},
    {"setns-init-mount", NS, "enter the mount namespace of process 1", false, join_namespace, "/proc/1/ns/mnt", 0},
    {"setns-init-net", NS, "enter the network namespace of process 1", false, join_namespace, "/proc/1/ns/net", 0},
};
GROUP(namespace_group, namespace_attempts);

/* Mounts over a fresh empty folder of our own and takes the mount away again. */
static struct verdict mount_over_scratch(const char *source, const char *type, unsigned long flags) {
    char path[64];
    scratch_path(path, sizeof path, "/tmp", ".mnt");
    bool made = mkdir(path, 0700) == 0;
    /* Without a folder: an unknown file system type is looked up only after the right to mount is checked. */
    long rc = made ? mount(source, path, type, flags, NULL) : mount(source, "/", "sandbar-no-such", 0, NULL);
    struct verdict verdict = passed(rc, ENODEV, ENODEV);
    if (made) {
        if (rc == 0)
            umount2(path, MNT_DETACH);
        rmdir(path);
    }
    return verdict;
}

static struct verdict mount_tmpfs(const struct attempt *self) {
    (void)self;
    return mount_over_scratch("tmpfs", "tmpfs", MS_NOSUID | MS_NODEV);
}

static struct verdict mount_bind(const struct attempt *self) {
    (void)self;
    return mount_over_scratch("/", NULL, MS_BIND);
}

static struct verdict mount_proc(const struct attempt *self) {
    (void)self;
    return mount_over_scratch("proc", "proc", 0);
}

static struct verdict open_file_system(const struct attempt *self) {
    (void)self;
    return judge(syscall(SYS_fsopen, "tmpfs", 0));
}

static struct verdict clone_tree(const struct attempt *self) {
    (void)self;
    return judge(syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
}

static struct verdict move_a_mount(const struct attempt *self) {
    (void)self;
    return passed(syscall(SYS_move_mount, AT_FDCWD, NOWHERE, AT_FDCWD, NOWHERE, 0), ENOENT, ENOENT);
}

static struct verdict set_mount_attributes(const struct attempt *self) {
    (void)self;
    uint64_t attributes[4] = {0, MS_RDONLY, 0, 0};
    return passed(syscall(SYS_mount_setattr, AT_FDCWD, NOWHERE, 0, attributes, sizeof attributes), ENOENT, ENOENT);
}

static struct verdict pivot(const struct attempt *self) {
    (void)self;
    return passed(syscall(SYS_pivot_root, NOWHERE, NOWHERE), ENOENT, ENOENT);
}

static struct verdict change_root(const struct attempt *self) {
    (void)self;
    return judge(chroot("/"));
}

#define M "mounts"
static const struct attempt mount_attempts[] = {
    {"mount-tmpfs", M, "mount a tmpfs", false, mount_tmpfs, 0, 0},
    {"mount-bind", M, "bind the root over a folder", false, mount_bind, 0, 0},
    {"mount-proc", M, "mount a new /proc", false, mount_proc, 0, 0},
    {"fsopen", M, "open a file system by fsopen", false, open_file_system, 0, 0},
    {"open-tree", M, "clone a mount tree by open_tree", false, clone_tree, 0, 0},
    {"move-mount", M, "move a mount by move_mount", false, move_a_mount, 0, 0},
    {"mount-setattr", M, "change a mount by mount_setattr", false, set_mount_attributes, 0, 0},
    {"pivot-root", M, "change the root by pivot_root", false, pivot, 0, 0},
    {"chroot", M, "change the root by chroot", false, change_root, 0, 0},
};
GROUP(mount_group, mount_attempts);

static struct verdict load_module(const struct attempt *self) {
    (void)self;
    return passed(syscall(SYS_init_module, "", 0UL, ""), ENOEXEC, EFAULT);
}

static struct verdict load_module_file(const struct attempt *self) {
    (void)self;
    return passed(syscall(SYS_finit_module, -1, "", 0), EBADF, ENOEXEC);
}

static struct verdict remove_module(const struct attempt *self) {
    (void)self;
    return passed(syscall(SYS_delete_module, "sandbar_no_such_module", O_NONBLOCK), ENOENT, EBUSY);
}

static struct verdict load_kernel(const struct attempt *self) {
    (void)self;
    return passed(syscall(SYS_kexec_load, 0UL, 0UL, NULL, 0x7fffUL), EINVAL, EBUSY);
}

static struct verdict log_read(const struct attempt *self) {
    (void)self;
    char line[256];
    return judge(klogctl(3, line, sizeof line));
}

static struct verdict host_name(const struct attempt *self) {
    (void)self;
    char name[128] = "sandbar-probe";
    return passed(sethostname(name, sizeof name), EINVAL, EINVAL); /* too long: refused after the check */
}

static struct verdict domain_name(const struct attempt *self) {
    (void)self;
    char name[128] = "sandbar-probe";
    return passed(setdomainname(name, sizeof name), EINVAL, EINVAL);
}

static struct verdict swap_on(const struct attempt *self) {
    (void)self;
    return passed(swapon(NOWHERE, 0), ENOENT, ENOENT);
}

static struct verdict swap_off(const struct attempt *self) {
    (void)self;
    return passed(swapoff(NOWHERE), ENOENT, ENOENT);
}

static struct verdict accounting(const struct attempt *self) {
    (void)self;
    return passed(acct(NOWHERE), ENOENT, ENOENT);
}

static struct verdict quota(const struct attempt *self) {
    (void)self;
    return passed(quotactl(QCMD(Q_GETFMT, USRQUOTA), NOWHERE, 0, NULL), ENOENT, ENOENT);
}

#define K "kernel"
static const struct attempt kernel_attempts[] = {
    {"init-module", K, "load a kernel module", false, load_module, 0, 0},
    {"finit-module", K, "load a kernel module from a file", false, load_module_file, 0, 0},
    {"delete-module", K, "remove a kernel module", false, remove_module, 0, 0},
    {"kexec-load", K, "load another kernel", false, load_kernel, 0, 0},
    {"dmesg", K, "read the kernel log", false, log_read, 0, 0},
    {"sethostname", K, "change the host name", false, host_name, 0, 0},
    {"setdomainname", K, "change the domain name", false, domain_name, 0, 0},
    {"swapon", K, "turn on swap", false, swap_on, 0, 0},
    {"swapoff", K, "turn off swap", false, swap_off, 0, 0},
    {"acct", K, "start process accounting", false, accounting, 0, 0},
    {"quotactl", K, "reach the quota settings", false, quota, 0, 0},
    {"sysctl-core-pattern", K, "open core_pattern for writing", false, open_path, "/proc/sys/kernel/core_pattern",
     O_WRONLY},
    {"sysctl-modprobe", K, "open the module loader path for writing", false, open_path, "/proc/sys/kernel/modprobe",
     O_WRONLY},
    {"sysctl-hostname", K, "open the hostname sysctl for writing", false, open_path, "/proc/sys/kernel/hostname",
     O_WRONLY},
    {"sysctl-drop-caches", K, "open drop_caches for writing", false, open_path, "/proc/sys/vm/drop_caches", O_WRONLY},
    {"sysctl-ip-forward", K, "open ip_forward for writing", false, open_path, "/proc/sys/net/ipv4/ip_forward",
     O_WRONLY},
    {"sysrq-trigger", K, "open sysrq-trigger for writing", false, open_path, "/proc/sysrq-trigger", O_WRONLY},
    {"proc-kcore", K, "read kernel memory in /proc/kcore", false, open_path, "/proc/kcore", O_RDONLY},
    {"proc-kallsyms", K, "read kernel symbols", false, open_path, "/proc/kallsyms", O_RDONLY},
    {"proc-cpuinfo", K, "read the processors of the device", false, open_path, "/proc/cpuinfo", O_RDONLY},
    {"proc-meminfo", K, "read the memory of the device", false, open_path, "/proc/meminfo", O_RDONLY},
    {"proc-stat", K, "read the statistics of the device", false, open_path, "/proc/stat", O_RDONLY},
    {"proc-loadavg", K, "read the load of the device", false, open_path, "/proc/loadavg", O_RDONLY},
    {"sys-power-state", K, "open /sys/power/state for writing", false, open_path, "/sys/power/state", O_WRONLY},
    {"sys-gpio-export", K, "open the GPIO export file for writing", false, open_path, "/sys/class/gpio/export",
     O_WRONLY},
    {"sys-uevent-helper", K, "open uevent_helper for writing", false, open_path, "/sys/kernel/uevent_helper", O_WRONLY},
    {"debugfs", K, "list debugfs", false, open_path, "/sys/kernel/debug", O_RDONLY | O_DIRECTORY},
    {"tracefs", K, "list tracefs", false, open_path, "/sys/kernel/tracing", O_RDONLY | O_DIRECTORY},
    {"securityfs", K, "list securityfs", false, open_path, "/sys/kernel/security", O_RDONLY | O_DIRECTORY},
    {"bpffs", K, "list the BPF file system", false, open_path, "/sys/fs/bpf", O_RDONLY | O_DIRECTORY},
    {"firmware", K, "list firmware variables", false, open_path, "/sys/firmware", O_RDONLY | O_DIRECTORY},
    {"cgroup-write", K, "open cgroup.procs of the root for writing", false, open_path, "/sys/fs/cgroup/cgroup.procs",
     O_WRONLY},
    {"pressure-watch", K, "open the memory pressure of its control group for writing", false, open_path,
     "/sys/fs/cgroup/memory.pressure", O_WRONLY},
    {"cpu-pressure-watch", K, "open the processor pressure of its control group for writing", false, open_path,
     "/sys/fs/cgroup/cpu.pressure", O_WRONLY},
    {"io-pressure-watch", K, "open the disk pressure of its control group for writing", false, open_path,
     "/sys/fs/cgroup/io.pressure", O_WRONLY},
};
GROUP(kernel_group, kernel_attempts);

/* A time zone out of range is refused only after the right to set the time is checked. */
static struct verdict set_time(const struct attempt *self) {
    (void)self;
    const struct timezone zone = {.tz_minuteswest = 100000};
    return passed(syscall(SYS_settimeofday, NULL, &zone), EINVAL, EINVAL);
}

static struct verdict adjust_time(const struct attempt *self) {
    (void)self;
    struct timex change = {.modes = ADJ_TICK, .tick = 0};
    return passed(adjtimex(&change), EINVAL, EINVAL);
}

/* The kernel refuses a wall clock before its own start, after it has checked the right to set it. */
static struct verdict set_clock(const struct attempt *self) {
    (void)self;
    const struct timespec before_boot = {0, 0};
    return passed(syscall(SYS_clock_settime, CLOCK_REALTIME, &before_boot), EINVAL, EINVAL);
}

static struct verdict adjust_clock(const struct attempt *self) {
    (void)self;
    struct timex change = {.modes = ADJ_TICK, .tick = 0};
    return passed(syscall(SYS_clock_adjtime, CLOCK_REALTIME, &change), EINVAL, EINVAL);
}

static struct verdict wake_alarm(const struct attempt *self) {
    (void)self;
    return judge(timerfd_create(CLOCK_BOOTTIME_ALARM, TFD_CLOEXEC));
}

#define T "time"
static const struct attempt time_attempts[] = {
    {"settimeofday", T, "set the time of day", false, set_time, 0, 0},
    {"adjtimex", T, "change the speed of the clock", false, adjust_time, 0, 0},
    {"clock-settime", T, "set the wall clock", false, set_clock, 0, 0},
    {"clock-adjtime", T, "adjust the wall clock", false, adjust_clock, 0, 0},
    {"wake-alarm", T, "wake the device from sleep by a timer", false, wake_alarm, 0, 0},
};
GROUP(time_group, time_attempts);
