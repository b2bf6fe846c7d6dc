package dev.sandbar.core.property;

import static dev.sandbar.core.property.DirectiveInfo.VARIES;
import static dev.sandbar.core.property.DirectiveInfo.directive;
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
          directive("PrivateNetwork", FLAG, "no", 0).needs("NETWORK_NAMESPACE"),
          directive("NetworkNamespacePath", PATH, "", 242).needs("NETWORK_NAMESPACE"),
          directive("IPAddressAllow", CIDRS, "", 235).live().needs("CGROUP_BPF_IP"),
          directive("IPAddressDeny", CIDRS, "", 235).live().needs("CGROUP_BPF_IP"),
          directive("IPIngressFilterPath", PATHS, "", 243).needs("CGROUP_BPF_IP"),
          directive("IPEgressFilterPath", PATHS, "", 243).needs("CGROUP_BPF_IP"),
          directive("IPAccounting", FLAG, VARIES, 235).live().needs("CGROUP_BPF_IP").ordinary(),
          directive("SocketBindAllow", BIND_RULES, "", 249).live().needs("CGROUP_BPF_SOCKET_BIND"),
          directive("SocketBindDeny", BIND_RULES, "", 249).live().needs("CGROUP_BPF_SOCKET_BIND"),
          directive("RestrictNetworkInterfaces", FILTER, "", 250).live().needs("CGROUP_BPF_IP"),
          directive("RestrictAddressFamilies", FAMILIES, "", 211).needs("SECCOMP"),
          directive("BPFProgram", PAIRS, "", 249).needs("CGROUP_BPF_IP"),
          directive("NFTSet", OPAQUE, "", 255),
          directive("BindNetworkInterface", LINE, "", 260),
          directive("BPFDelegateCommands", OPAQUE, "", 258),
          directive("BPFDelegateMaps", OPAQUE, "", 258),
          directive("BPFDelegatePrograms", OPAQUE, "", 258),
          directive("BPFDelegateAttachments", OPAQUE, "", 258));
}
