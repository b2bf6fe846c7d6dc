/* Controls, the posture of the process, what it may execute, who it may become, and what it may take. */
#include "probe.h"

#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>

#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT 47
#define PR_CAP_AMBIENT_RAISE 2
#endif
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#define CAPABILITY_NET_RAW 13

static struct verdict write_scratch(const struct attempt *self) {
    char path[128];
    scratch_path(path, sizeof path, self->arg, ".tmp");
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return failed(errno);
    ssize_t written = write(fd, "x", 1);
    unlink(path);
    return judge(written);
}

/* Forks once more, so that the exit code of the new program is seen here and not only by the runner. */
static struct verdict run_self(const struct attempt *self) {
    (void)self;
    pid_t child = fork();
    if (child < 0)
        return failed(errno);
    if (child == 0) {
        execl(settings.self_path, "probe", "--exec-ok", "-", (char *)NULL);
        _exit(EXIT_EXEC_DENIED);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_EXEC_OPEN ? opened() : denied(EACCES);
}

static struct verdict read_clock(const struct attempt *self) {
    (void)self;
    struct timespec now;
    return judge(syscall(SYS_clock_gettime, CLOCK_REALTIME, &now));
}

static struct verdict read_random(const struct attempt *self) {
    (void)self;
    char bytes[16];
    return judge(getrandom(bytes, sizeof bytes, 0));
}

#define C "control"
static const struct attempt control_attempts[] = {
    {"dev-null", C, "read /dev/null", true, open_path, "/dev/null", O_RDWR},
    {"dev-urandom", C, "read /dev/urandom", true, open_path, "/dev/urandom", O_RDONLY},
    {"own-tmp", C, "write a file in /tmp", true, write_scratch, "/tmp", 0},
    {"own-shm", C, "write a file in /dev/shm", true, write_scratch, "/dev/shm", 0},
    {"fork-exec", C, "start the own program again", true, run_self, 0, 0},
    {"clock-gettime", C, "read the clock", true, read_clock, 0, 0},
    {"getrandom", C, "get random numbers", true, read_random, 0, 0},
};
GROUP(control_group, control_attempts);

/* The line of /proc/self/status that begins with name; -1 when it cannot be read. */
static long long status_value(const char *name, int base) {
    FILE *file = fopen("/proc/self/status", "re");
    if (!file)
        return -1;
    char line[256];
    long long value = -1;
    while (value < 0 && fgets(line, sizeof line, file))
        if (strncmp(line, name, strlen(name)) == 0)
            value = strtoll(line + strlen(name), NULL, base);
    fclose(file);
    return value;
}

static struct verdict has_capabilities(const struct attempt *self) {
    long long value = status_value(self->arg, 16);
    return value < 0 ? failed(ENOENT) : value > 0 ? opened() : denied(0);
}

static struct verdict lacks_no_new_privileges(const struct attempt *self) {
    (void)self;
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 ? opened() : denied(0);
}

static struct verdict lacks_seccomp(const struct attempt *self) {
    (void)self;
    return status_value("Seccomp:", 10) == 0 ? opened() : denied(0);
}

static struct verdict is_root(const struct attempt *self) {
    (void)self;
    return geteuid() == 0 || getegid() == 0 ? opened() : denied(0);
}

static struct verdict raise_ambient(const struct attempt *self) {
    (void)self;
    return judge(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAPABILITY_NET_RAW, 0, 0));
}

#define S "posture"
static const struct attempt posture_attempts[] = {
    {"runs-as-root", S, "run as root or in the group of root", false, is_root, 0, 0},
    {"capabilities-effective", S, "hold any effective capability", false, has_capabilities, "CapEff:", 0},
    {"capabilities-ambient", S, "pass capabilities to children", false, has_capabilities, "CapAmb:", 0},
    {"no-new-privileges", S, "run without NoNewPrivs", false, lacks_no_new_privileges, 0, 0},
    {"no-seccomp", S, "run without a system call filter", false, lacks_seccomp, 0, 0},
    {"ambient-raise", S, "raise an ambient capability", false, raise_ambient, 0, 0},
};
GROUP(posture_group, posture_attempts);

static struct verdict exec_copy(const struct attempt *self) {
    const char *dir = self->arg[0] == '$' ? getenv(self->arg + 1) : self->arg;
    if (!dir)
        return absent(ENOENT);
    char path[256];
    scratch_path(path, sizeof path, dir, ".exe");
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    if (fd < 0)
        return failed(errno);
    int rc = copy_self_to(fd);
    close(fd);
    if (rc == 0)
        execl(path, "probe", "--exec-ok", path, (char *)NULL);
    int err = errno;
    unlink(path);
    return failed(err);
}

static struct verdict exec_memory(const struct attempt *self) {
    (void)self;
    int fd = memfd_create("sandbar-probe", MFD_CLOEXEC);
    if (fd < 0 || copy_self_to(fd) < 0)
        return failed(errno);
    char *arguments[] = {"probe", "--exec-ok", "-", NULL};
    char *environment[] = {NULL};
    syscall(SYS_execveat, fd, "", arguments, environment, 0x1000 /* AT_EMPTY_PATH */);
    return failed(errno);
}

#define E "execution"
static const struct attempt exec_attempts[] = {
    {"exec-tmp", E, "execute a file dropped in /tmp", false, exec_copy, "/tmp", 0},
    {"exec-var-tmp", E, "execute a file dropped in /var/tmp", false, exec_copy, "/var/tmp", 0},
    {"exec-shm", E, "execute a file dropped in /dev/shm", false, exec_copy, "/dev/shm", 0},
    {"exec-run", E, "execute a file dropped in /run", false, exec_copy, "/run", 0},
    {"exec-state", E, "execute a file dropped in the state folder", false, exec_copy, "$STATE_DIRECTORY", 0},
    {"exec-cache", E, "execute a file dropped in the cache folder", false, exec_copy, "$CACHE_DIRECTORY", 0},
    {"exec-logs", E, "execute a file dropped in the folder for logs", false, exec_copy, "$LOGS_DIRECTORY", 0},
    {"exec-memfd", E, "execute a program that is only in memory", false, exec_memory, 0, 0},
};
GROUP(exec_group, exec_attempts);

/* The image holds a copy of this program with the setuid bit, beside it, owned by root. */
static struct verdict exec_setuid(const struct attempt *self) {
    (void)self;
    char path[4096 + 8];
    snprintf(path, sizeof path, "%s-suid", settings.self_path);
    execl(path, "probe", "--exec-euid", "-", (char *)NULL);
    return failed(errno);
}

static struct verdict become_root(const struct attempt *self) {
    (void)self;
    return judge(setuid(0));
}

static struct verdict become_root_group(const struct attempt *self) {
    (void)self;
    return judge(setgid(0));
}

static struct verdict drop_groups(const struct attempt *self) {
    (void)self;
    gid_t root = 0;
    return judge(setgroups(1, &root));
}

/* A file or folder of our own with the bits in number, by the call named in arg. */
static struct verdict special_bits(const struct attempt *self) {
    char path[64];
    scratch_path(path, sizeof path, "/tmp", ".bits");
    mode_t mode = (mode_t)self->number;
    umask(0);
    long rc;
    if (strcmp(self->arg, "open") == 0)
        rc = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    else if (strcmp(self->arg, "mkdir") == 0)
        rc = mkdir(path, 0700) < 0 ? -1 : chmod(path, mode);
    else if (strcmp(self->arg, "mknod") == 0)
        rc = mknod(path, mode | S_IFREG, 0);
    else {
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
        if (fd < 0)
            return failed(errno);
        if (strcmp(self->arg, "fchmod") == 0)
            rc = fchmod(fd, mode);
        else if (strcmp(self->arg, "fchmodat2") == 0)
            rc = syscall(SYS_fchmodat2, AT_FDCWD, path, mode, 0);
        else
            rc = chmod(path, mode);
    }
    struct verdict verdict = judge(rc);
    struct stat status;
    /* A call may drop the bit silently instead of failing: what counts is what is there afterwards. */
    if (verdict.outcome == OUTCOME_OPEN && (stat(path, &status) < 0 || !(status.st_mode & (S_ISUID | S_ISGID))))
        verdict = denied(0);
    unlink(path);
    rmdir(path);
    return verdict;
}

#define I "identity"
static const struct attempt identity_attempts[] = {
    {"setuid-root", I, "become root by setuid", false, become_root, 0, 0},
    {"setgid-root", I, "join the group of root by setgid", false, become_root_group, 0, 0},
    {"setgroups", I, "change the supplementary groups", false, drop_groups, 0, 0},
    {"exec-setuid", I, "become root by a setuid program", false, exec_setuid, 0, 0},
    {"chmod-setuid", I, "make a setuid file by chmod", false, special_bits, "chmod", 04755},
    {"fchmod-setuid", I, "make a setuid file by fchmod", false, special_bits, "fchmod", 04755},
    {"fchmodat2-setuid", I, "make a setuid file by fchmodat2", false, special_bits, "fchmodat2", 04755},
    {"open-setuid", I, "make a setuid file by open", false, special_bits, "open", 04755},
    {"mknod-setuid", I, "make a setuid file by mknod", false, special_bits, "mknod", 04755},
    {"mkdir-setgid", I, "make a setgid folder", false, special_bits, "mkdir", 02755},
};
GROUP(identity_group, identity_attempts);

static struct verdict real_time(const struct attempt *self) {
    const struct sched_param parameter = {.sched_priority = 1};
    return judge(syscall(SYS_sched_setscheduler, 0, self->number, &parameter));
}

/* The same by the newer call, whose policy a filter cannot see. */
static struct verdict real_time_attributes(const struct attempt *self) {
    const struct {
        uint32_t size, policy;
        uint64_t flags;
        int32_t nice;
        uint32_t priority;
        uint64_t runtime, deadline, period;
    } attributes = {.size = sizeof attributes, .policy = (uint32_t)self->number, .priority = 1};
    return judge(syscall(SYS_sched_setattr, 0, &attributes, 0));
}

static struct verdict lock_memory(const struct attempt *self) {
    (void)self;
    return judge(mlockall(MCL_CURRENT));
}

static struct verdict lock_page(const struct attempt *self) {
    (void)self;
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page == MAP_FAILED ? failed(errno) : judge(mlock(page, 4096));
}

/* No call of its own, so that only the limit refuses it. */
static struct verdict map_locked(const struct attempt *self) {
    (void)self;
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
    return page == MAP_FAILED ? failed(errno) : opened();
}

static struct verdict lock_segment(const struct attempt *self) {
    (void)self;
    int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    if (id < 0)
        return failed(errno);
    int rc = shmctl(id, SHM_LOCK, NULL);
    int err = errno;
    shmctl(id, IPC_RMID, NULL);
    errno = err;
    return judge(rc);
}

static struct verdict be_greedy(const struct attempt *self) {
    (void)self;
    return judge(setpriority(PRIO_PROCESS, 0, -20));
}

static struct verdict be_modest(const struct attempt *self) {
    (void)self;
    return judge(setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + 1));
}

static struct verdict choose_cpu(const struct attempt *self) {
    (void)self;
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(0, &cpus);
    return judge(sched_setaffinity(0, sizeof cpus, &cpus));
}

static struct verdict io_priority(const struct attempt *self) {
    return judge(syscall(SYS_ioprio_set, 1, 0, self->number << 13 /* class */));
}

static struct verdict core_dumps(const struct attempt *self) {
    (void)self;
    const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    return judge(setrlimit(RLIMIT_CORE, &unlimited));
}

static struct verdict more_files(const struct attempt *self) {
    (void)self;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return failed(errno);
    limit.rlim_max++;
    return judge(setrlimit(RLIMIT_NOFILE, &limit));
}

static struct verdict secret_memory(const struct attempt *self) {
    (void)self;
    return judge(memfd_create("sandbar-probe", MFD_CLOEXEC));
}

#define R "resources"
static const struct attempt resource_attempts[] = {
    {"sched-fifo", R, "run in real time (SCHED_FIFO)", false, real_time, 0, SCHED_FIFO},
    {"sched-rr", R, "run in real time (SCHED_RR)", false, real_time, 0, SCHED_RR},
    {"sched-setattr-fifo", R, "run in real time by sched_setattr", false, real_time_attributes, 0, SCHED_FIFO},
    {"mlockall", R, "lock all memory", false, lock_memory, 0, 0},
    {"mlock", R, "lock a page of memory", false, lock_page, 0, 0},
    {"map-locked", R, "map locked memory", false, map_locked, 0, 0},
    {"shm-lock", R, "lock shared memory", false, lock_segment, 0, 0},
    {"nice-minus-20", R, "take the highest priority", false, be_greedy, 0, 0},
    {"nice-plus-1", R, "lower the own priority", false, be_modest, 0, 0},
    {"sched-affinity", R, "choose the processor", false, choose_cpu, 0, 0},
    {"ioprio-realtime", R, "take the highest disk priority", false, io_priority, 0, 1},
    {"ioprio-idle", R, "lower the own disk priority", false, io_priority, 0, 3},
    {"core-dumps", R, "turn on core dumps", false, core_dumps, 0, 0},
    {"raise-nofile", R, "raise the limit of open files", false, more_files, 0, 0},
    {"memfd", R, "make a memory file", false, secret_memory, 0, 0},
};
GROUP(resource_group, resource_attempts);
