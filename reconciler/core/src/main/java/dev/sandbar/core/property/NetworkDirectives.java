package dev.sandbar.core.property;

import static dev.sandbar.core.property.DirectiveInfo.VARIES;
import static dev.sandbar.core.property.DirectiveInfo.control;
import static dev.sandbar.core.property.DirectiveInfo.exec;
import static dev.sandbar.core.property.Syntax.BIND_RULES;
import static dev.sandbar.core.property.Syntax.CIDRS;
import static dev.sandbar.core.property.Syntax.FAMILIES;
import static dev.sandbar.core.property.Syntax.FILTER;
import static dev.sandbar.core.property.Syntax.FLAG;
import static dev.sandbar.core.property.Syntax.LINE;
import static dev.sandbar.core.property.Syntax.OPAQUE;
import static dev.sandbar.core.property.Syntax.PAIRS;
import static dev.sandbar.core.property.Syntax.PATH;
import static dev.sandbar.core.property.Syntax.PATHS;

import java.util.List;

/**
 * What the processes of a unit reach over the network (systemd.exec(5),
 * systemd.resource-control(5)).
 */
final class NetworkDirectives {

  private NetworkDirectives() {}

  static final List<DirectiveInfo> ALL =
      List.of(
          // Newer systemds make a mount namespace for it too.
          exec("PrivateNetwork", FLAG, "no", 0)
              .needs("NETWORK_NAMESPACE")
              .shows(Evidence.NETWORK_NAMESPACE)
              .list()
              .means("Gives the app a private network with only a loopback interface."),
          exec("NetworkNamespacePath", PATH, "", 242)
              .needs("NETWORK_NAMESPACE")
              .shows(Evidence.NETWORK_NAMESPACE)
              .list()
              .means(
                  "Runs the app in a network namespace that exists already, such as one made with"
                      + " ip netns."),
          control("IPAddressAllow", CIDRS, "", 235)
              .live()
              .needs("CGROUP_BPF_IP")
              .shows(Evidence.IP_FILTER)
              .inherited()
              .list()
              .means("Addresses that packets of the app may come from and go to."),
          control("IPAddressDeny", CIDRS, "", 235)
              .live()
              .needs("CGROUP_BPF_IP")
              .shows(Evidence.IP_FILTER)
              .inherited()
              .list()
              .means(
                  "Addresses that packets of the app may not come from or go to, unless"
                      + " IPAddressAllow lists them."),
          control("IPIngressFilterPath", PATHS, "", 243)
              .needs("CGROUP_BPF_IP")
              .inherited()
              .instead("use permissions.internetTo and permissions.localNetwork, or IPAddressDeny")
              .means("BPF programs that filter packets on their way in."),
          control("IPEgressFilterPath", PATHS, "", 243)
              .needs("CGROUP_BPF_IP")
              .inherited()
              .instead("use permissions.internetTo and permissions.localNetwork, or IPAddressDeny")
              .means("BPF programs that filter packets on their way out."),
          control("IPAccounting", FLAG, VARIES, 235)
              .live()
              .needs("CGROUP_BPF_IP")
              .ordinary()
              .instead("leave it out: it restricts nothing")
              .means("Whether packets of the unit are counted."),
          // Of a unit that runs systemd 262 takes other lists, shows them, and holds the old ones.
          control("SocketBindAllow", BIND_RULES, "", 249)
              .needs("CGROUP_BPF_SOCKET_BIND")
              .shows(Evidence.BIND_FILTER)
              .inherited()
              .instead("ask for permissions.ports")
              .means("Ports that the app may listen on."),
          control("SocketBindDeny", BIND_RULES, "", 249)
              .needs("CGROUP_BPF_SOCKET_BIND")
              .shows(Evidence.BIND_FILTER)
              .inherited()
              .instead("every port that permissions.ports does not grant is closed")
              .means(
                  "Ports that the app may not listen on, unless SocketBindAllow lists them; left"
                      + " out where the call filter refuses bind(2)."),
          control("RestrictNetworkInterfaces", FILTER, "", 250)
              .empty(EmptyAssignment.SAYS)
              .live()
              .needs("CGROUP_BPF_IP")
              .inherited()
              .instead("use network: Own, or list addresses in permissions.internetTo")
              .means("The network interfaces that packets of the unit may pass."),
          exec("RestrictAddressFamilies", FAMILIES, "", 211)
              .needs("SECCOMP")
              .shows(Evidence.SECCOMP_FILTER)
              .list()
              .means(
                  "The kinds of socket that the app may make: AF_INET, AF_PACKET and so on; ~ lists"
                      + " those that it may not."),
          control("BPFProgram", PAIRS, "", 249)
              .needs("CGROUP_BPF_IP")
              .inherited()
              .instead("use permissions.internetTo and permissions.localNetwork, or IPAddressDeny")
              .means(
                  "BPF programs, pinned in a file system, that are attached to the unit's cgroup."),
          control("NFTSet", OPAQUE, "", 255)
              .instead("use permissions.internetTo and permissions.localNetwork, or IPAddressDeny")
              .means("The nftables sets to which the unit's cgroup, user or group is added."),
          control("BindNetworkInterface", LINE, "", 260)
              .instead("use permissions.internetTo and permissions.localNetwork, or IPAddressDeny")
              .means("The network interface that new sockets are bound to."),
          exec("BPFDelegateCommands", OPAQUE, "", 258)
              .instead("no app gets a part of BPF")
              .means("Calls of bpf(2) that a BPF token allows."),
          exec("BPFDelegateMaps", OPAQUE, "", 258)
              .instead("no app gets a part of BPF")
              .means("Kinds of BPF map that a BPF token allows."),
          exec("BPFDelegatePrograms", OPAQUE, "", 258)
              .instead("no app gets a part of BPF")
              .means("Kinds of BPF program that a BPF token allows."),
          exec("BPFDelegateAttachments", OPAQUE, "", 258)
              .instead("no app gets a part of BPF")
              .means("Places at which BPF programs may be attached through a BPF token."));
}
