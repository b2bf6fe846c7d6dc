package dev.sandbar.core.property;

import static dev.sandbar.core.property.DirectiveInfo.VARIES;
import static dev.sandbar.core.property.DirectiveInfo.directive;
import static dev.sandbar.core.property.Syntax.CAPABILITIES;
import static dev.sandbar.core.property.Syntax.CREDENTIALS;
import static dev.sandbar.core.property.Syntax.FLAG;
import static dev.sandbar.core.property.Syntax.IMPORTS;
import static dev.sandbar.core.property.Syntax.LABEL;
import static dev.sandbar.core.property.Syntax.LINE;
import static dev.sandbar.core.property.Syntax.NAMESPACES;
import static dev.sandbar.core.property.Syntax.OCTAL;
import static dev.sandbar.core.property.Syntax.OPAQUE;
import static dev.sandbar.core.property.Syntax.PATH;
import static dev.sandbar.core.property.Syntax.SECURE_BITS;
import static dev.sandbar.core.property.Syntax.SET_CREDENTIALS;
import static dev.sandbar.core.property.Syntax.WORD;
import static dev.sandbar.core.property.Syntax.WORDS;

import java.util.List;

/** Who the processes of a unit are (systemd.exec(5), Credentials and User/Group Identity). */
final class IdentityDirectives {

  private IdentityDirectives() {}

  static final List<DirectiveInfo> ALL =
      List.of(
          directive("User", LINE, "", 0),
          directive("Group", LINE, "", 0),
          directive("SupplementaryGroups", WORDS, "", 0),
          directive("DynamicUser", FLAG, "no", 232).needs("DYNAMIC_USER"),
          directive("PAMName", LINE, "", 0),
          directive("SetLoginEnvironment", FLAG, VARIES, 255).ordinary(),
          directive("KeyringMode", WORD, "private", 235),
          directive("RemoveIPC", FLAG, "no", 232),
          directive("UMask", OCTAL, "0022", 0),
          directive("CapabilityBoundingSet", CAPABILITIES, "~", 0),
          directive("AmbientCapabilities", CAPABILITIES, "", 229),
          directive("SecureBits", SECURE_BITS, "", 0),
          directive("SELinuxContext", LABEL, "", 209),
          directive("AppArmorProfile", LABEL, "", 210),
          directive("SmackProcessLabel", LABEL, "", 218),
          directive("LoadCredential", CREDENTIALS, "", 247),
          directive("LoadCredentialEncrypted", CREDENTIALS, "", 250),
          directive("SetCredential", SET_CREDENTIALS, "", 247),
          directive("SetCredentialEncrypted", OPAQUE, "", 250),
          directive("ImportCredential", IMPORTS, "", 254)
              .onBus("ImportCredentialEx", "ImportCredential"),
          directive("RefreshOnReload", OPAQUE, "", 260),
          directive("PrivateUsers", WORD, "no", 232)
              .onBus("PrivateUsersEx", "PrivateUsers")
              .needs("USER_NAMESPACE"),
          directive("PrivatePIDs", WORD, "no", 257).needs("MOUNT_NAMESPACE"),
          directive("PrivateIPC", FLAG, "no", 248).needs("IPC_NAMESPACE"),
          directive("IPCNamespacePath", PATH, "", 248).needs("IPC_NAMESPACE"),
          directive("UserNamespacePath", PATH, "", 259).needs("USER_NAMESPACE"),
          directive("RestrictNamespaces", NAMESPACES, "no", 233).needs("SECCOMP"),
          directive("DelegateNamespaces", NAMESPACES, "no", 258));
}
