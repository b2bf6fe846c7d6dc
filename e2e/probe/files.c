/* Files and device nodes, and what the BrickerBot worm did to the devices it found. */
#include "probe.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* Makes, renames and removes a file of our own in the folder arg. */
static struct verdict change_folder(const struct attempt *self) {
    char before[128], after[128];
    scratch_path(before, sizeof before, self->arg, ".a");
    scratch_path(after, sizeof after, self->arg, ".b");
    int fd = open(before, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return failed(errno);
    struct verdict verdict = judge(rename(before, after));
    unlink(before);
    unlink(after);
    return verdict;
}

/* Where systemd says that folders of an app's own are. */
static const char *const own_folders[] = {"STATE_DIRECTORY", "CACHE_DIRECTORY", "LOGS_DIRECTORY"};

/* In the app's own folder, or where such folders are when it has none. */
static struct verdict change_own(const struct attempt *self) {
    struct attempt there = *self;
    const char *own = getenv(own_folders[self->number]);
    there.arg = own ? own : self->arg;
    return change_folder(&there);
}

/* To an app with a state folder systemd shows a /var/lib/private with nothing but that in it. */
static struct verdict list_others(const struct attempt *self) {
    DIR *folder = opendir(self->arg);
    if (!folder)
        return failed(errno);
    const char *own = getenv(own_folders[self->number]);
    bool others = !own;
    own = own && strrchr(own, '/') ? strrchr(own, '/') + 1 : "";
    for (struct dirent *entry; (entry = readdir(folder));)
        others |= entry->d_name[0] != '.' && strcmp(entry->d_name, own) != 0;
    closedir(folder);
    return others ? opened() : denied(0);
}

#define F "files"
static const struct attempt file_attempts[] = {
    {"write-root", F, "make a file in /", false, change_folder, "/", 0},
    {"write-etc", F, "make a file in /etc", false, change_folder, "/etc", 0},
    {"write-usr", F, "make a file in /usr", false, change_folder, "/usr", 0},
    {"write-usr-bin", F, "make a file in /usr/bin", false, change_folder, "/usr/bin", 0},
    {"write-var-lib", F, "make a file in /var/lib", false, change_folder, "/var/lib", 0},
    {"write-boot", F, "make a file in /boot", false, change_folder, "/boot", 0},
    {"write-root-home", F, "make a file in /root", false, change_folder, "/root", 0},
    {"write-run", F, "make a file in /run", false, change_folder, "/run", 0},
    {"write-dev", F, "make a file in /dev", false, change_folder, "/dev", 0},
    {"write-unit", F, "make a systemd unit", false, change_folder, "/etc/systemd/system", 0},
    {"write-runtime-unit", F, "make a runtime systemd unit", false, change_folder, "/run/systemd/system", 0},
    {"write-cron", F, "make a cron job", false, change_folder, "/etc/cron.d", 0},
    {"read-shadow", F, "read /etc/shadow", false, open_path, "/etc/shadow", O_RDONLY},
    {"read-root-home", F, "list /root", false, open_path, "/root", O_RDONLY | O_DIRECTORY},
    {"read-home", F, "list /home", false, open_path, "/home", O_RDONLY | O_DIRECTORY},
    {"read-journal", F, "list the journal", false, open_path, "/var/log/journal", O_RDONLY | O_DIRECTORY},
    {"write-state", F, "make a file in the state folder", false, change_own, "/var/lib", 0},
    {"write-cache", F, "make a file in the cache folder", false, change_own, "/var/cache", 1},
    {"write-logs", F, "make a file in the folder for logs", false, change_own, "/var/log", 2},
    {"read-other-state", F, "list the state of other apps", false, list_others, "/var/lib/private", 0},
    {"read-other-cache", F, "list the cache of other apps", false, list_others, "/var/cache/private", 1},
    {"read-other-logs", F, "list the logs of other apps", false, list_others, "/var/log/private", 2},
    {"read-credentials", F, "list the secrets of all services", false, open_path, "/run/credentials",
     O_RDONLY | O_DIRECTORY},
    {"read-machine-id", F, "read the machine id of the image", true, open_path, "/etc/machine-id", O_RDONLY},
};
GROUP(file_group, file_attempts);

static struct verdict make_node(const struct attempt *self) {
    char path[64];
    scratch_path(path, sizeof path, self->arg, ".node");
    long rc = mknod(path, S_IFBLK | 0600, makedev(7, 255));
    if (rc == 0)
        unlink(path);
    return judge(rc);
}

/* No watchdog here: opening it would start it, and closing it would then reboot the machine. */
#define D "devices"
#define NODE(id, path, mode) {"device-" id, D, "open " path, false, open_path, path, mode}
static const struct attempt device_attempts[] = {
    NODE("mem", "/dev/mem", O_RDWR),
    NODE("kmem", "/dev/kmem", O_RDWR),
    NODE("port", "/dev/port", O_RDWR),
    NODE("kmsg", "/dev/kmsg", O_RDWR),
    NODE("kvm", "/dev/kvm", O_RDWR),
    NODE("fuse", "/dev/fuse", O_RDWR),
    NODE("net-tun", "/dev/net/tun", O_RDWR),
    NODE("vhost-vsock", "/dev/vhost-vsock", O_RDWR),
    NODE("vhost-net", "/dev/vhost-net", O_RDWR),
    NODE("loop-control", "/dev/loop-control", O_RDWR),
    NODE("mapper-control", "/dev/mapper/control", O_RDWR),
    NODE("uinput", "/dev/uinput", O_RDWR),
    NODE("input-event0", "/dev/input/event0", O_RDONLY),
    NODE("rtc0", "/dev/rtc0", O_RDWR),
    NODE("hwrng", "/dev/hwrng", O_RDONLY),
    NODE("tpm0", "/dev/tpm0", O_RDWR),
    NODE("tpmrm0", "/dev/tpmrm0", O_RDWR),
    NODE("tty0", "/dev/tty0", O_RDWR),
    NODE("console", "/dev/console", O_RDWR),
    NODE("serial", "/dev/ttyS0", O_RDWR),
    NODE("usb-serial", "/dev/ttyUSB0", O_RDWR),
    NODE("gpiochip0", "/dev/gpiochip0", O_RDWR),
    NODE("i2c-1", "/dev/i2c-1", O_RDWR),
    NODE("spidev0.0", "/dev/spidev0.0", O_RDWR),
    NODE("video0", "/dev/video0", O_RDWR),
    NODE("dri-card0", "/dev/dri/card0", O_RDWR),
    NODE("snd-control", "/dev/snd/controlC0", O_RDWR),
    {"device-hugepages", D, "list /dev/hugepages", false, open_path, "/dev/hugepages", O_RDONLY | O_DIRECTORY},
    {"mknod-block-tmp", D, "make a block device node in /tmp", false, make_node, "/tmp", 0},
    {"mknod-block-dev", D, "make a block device node in /dev", false, make_node, "/dev", 0},
};
GROUP(device_group, device_attempts);

/* The node of the disk that holds the root: made, opened for writing, nothing written, removed. */
static struct verdict root_disk(const struct attempt *self) {
    (void)self;
    struct stat root;
    if (stat("/", &root) < 0)
        return failed(errno);
    char path[64];
    scratch_path(path, sizeof path, "/tmp", ".disk");
    if (mknod(path, S_IFBLK | 0600, root.st_dev) < 0)
        return failed(errno);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    int err = errno;
    unlink(path);
    return fd >= 0 ? opened() : failed(err);
}

/* unlink of a folder never removes it: EISDIR comes after every check that would stop the removal of a file there. */
static struct verdict remove_tree(const struct attempt *self) {
    return passed(unlink(self->arg), EISDIR, EISDIR);
}

/* Deletes a table that no machine has: ENOENT comes after the check for CAP_NET_ADMIN. */
static struct verdict flush_firewall(const struct attempt *self) {
    (void)self;
    static const char table[24] = "sandbar-probe-no-table";
    struct {
        struct {
            struct nlmsghdr header;
            struct nfgenmsg body;
        } begin;
        struct {
            struct nlmsghdr header;
            struct nfgenmsg body;
            struct nlattr name;
            char text[sizeof table];
        } drop;
        struct {
            struct nlmsghdr header;
            struct nfgenmsg body;
        } end;
    } batch = {
        .begin = {{sizeof batch.begin, NFNL_MSG_BATCH_BEGIN, NLM_F_REQUEST, 0, 0},
                  {AF_UNSPEC, NFNETLINK_V0, htons(NFNL_SUBSYS_NFTABLES)}},
        .drop = {{sizeof batch.drop, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_DELTABLE, NLM_F_REQUEST | NLM_F_ACK, 1, 0},
                 {AF_INET, NFNETLINK_V0, 0},
                 {sizeof(struct nlattr) + sizeof table, NFTA_TABLE_NAME},
                 {0}},
        .end = {{sizeof batch.end, NFNL_MSG_BATCH_END, NLM_F_REQUEST, 2, 0},
                {AF_UNSPEC, NFNETLINK_V0, htons(NFNL_SUBSYS_NFTABLES)}}};
    memcpy(batch.drop.text, table, sizeof table);
    int err = netlink_transact(NETLINK_NETFILTER, &batch, sizeof batch);
    if (err == EOPNOTSUPP)
        return absent(err); /* a kernel without nf_tables */
    errno = err;
    return passed(err ? -1 : 0, ENOENT, EINVAL);
}

/* Asks for a table that no machine has, by the old socket option; ENOENT comes after the check. */
static struct verdict flush_iptables(const struct attempt *self) {
    (void)self;
    int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    if (fd < 0)
        return failed(errno);
    char info[84] = "sandbarprobe"; /* struct ipt_getinfo */
    socklen_t length = sizeof info;
    return passed(getsockopt(fd, SOL_IP, 64 /* IPT_SO_GET_INFO */, info, &length), ENOENT, EINVAL);
}

/* Deletes a route to a documentation address that is not there: ESRCH comes after the check. */
static struct verdict flush_routes(const struct attempt *self) {
    (void)self;
    struct {
        struct nlmsghdr header;
        struct rtmsg route;
        struct rtattr attribute;
        struct in_addr address;
    } request = {.header = {.nlmsg_len = sizeof request,
                            .nlmsg_type = RTM_DELROUTE,
                            .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
                 .route = {.rtm_family = AF_INET, .rtm_dst_len = 32, .rtm_table = RT_TABLE_MAIN, .rtm_scope = RT_SCOPE_NOWHERE},
                 .attribute = {.rta_len = RTA_LENGTH(4), .rta_type = RTA_DST}};
    inet_pton(AF_INET, "203.0.113.77", &request.address);
    errno = netlink_transact(NETLINK_ROUTE, &request, sizeof request);
    return passed(errno ? -1 : 0, ESRCH, ESRCH);
}

/* Takes down a link that is not there: ENODEV comes after the check. */
static struct verdict link_down(const struct attempt *self) {
    (void)self;
    struct {
        struct nlmsghdr header;
        struct ifinfomsg link;
    } request = {.header = {.nlmsg_len = sizeof request,
                            .nlmsg_type = RTM_SETLINK,
                            .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK},
                 .link = {.ifi_family = AF_UNSPEC, .ifi_index = 0x7ffffff0}};
    errno = netlink_transact(NETLINK_ROUTE, &request, sizeof request);
    return passed(errno ? -1 : 0, ENODEV, ENODEV);
}

/* The kernel checks the right to reboot before the magic numbers, and these are wrong. */
static struct verdict reboot_machine(const struct attempt *self) {
    (void)self;
    return passed(syscall(SYS_reboot, 0x5a4dba4, 0, 0, NULL), EINVAL, EINVAL);
}

static struct verdict spread(const struct attempt *self) {
    return connect_host(AF_INET, SOCK_STREAM, 0, settings.lan4, self->number);
}

#define B "brickerbot"
#define DISK(id, path) {"brick-" id, B, "overwrite " path " (opened for writing, nothing written)", false, open_path, path, O_WRONLY}
#define TREE(id, path) {"brick-rm-" id, B, "rm -rf " path, false, remove_tree, path, 0}
static const struct attempt brickerbot_attempts[] = {
    DISK("sda", "/dev/sda"),
    DISK("vda", "/dev/vda"),
    DISK("mmcblk0", "/dev/mmcblk0"),
    DISK("nvme0n1", "/dev/nvme0n1"),
    DISK("mtd0", "/dev/mtd0"),
    DISK("mtdblock0", "/dev/mtdblock0"),
    DISK("loop0", "/dev/loop0"),
    DISK("ram0", "/dev/ram0"),
    {"brick-root-disk", B, "make a node of the root disk and overwrite it (nothing written)", false, root_disk, 0, 0},
    TREE("etc", "/etc"),
    TREE("usr", "/usr"),
    TREE("var-lib", "/var/lib"),
    TREE("boot", "/boot"),
    TREE("home", "/home"),
    TREE("opt", "/opt"),
    {"brick-nft-flush", B, "flush the firewall (nf_tables)", false, flush_firewall, 0, 0},
    {"brick-iptables-flush", B, "flush the firewall (iptables)", false, flush_iptables, 0, 0},
    {"brick-route-flush", B, "flush the routes", false, flush_routes, 0, 0},
    {"brick-link-down", B, "take down a network link", false, link_down, 0, 0},
    {"brick-tcp-timestamps", B, "set net.ipv4.tcp_timestamps (opened for writing)", false, open_path,
     "/proc/sys/net/ipv4/tcp_timestamps", O_WRONLY},
    {"brick-threads-max", B, "set kernel.threads-max (opened for writing)", false, open_path,
     "/proc/sys/kernel/threads-max", O_WRONLY},
    {"brick-reboot", B, "reboot the device", false, reboot_machine, 0, 0},
    {"brick-telnet", B, "spread to {lan4} by telnet", false, spread, 0, 23},
};
GROUP(brickerbot_group, brickerbot_attempts);
