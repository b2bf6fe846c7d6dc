package dev.sandbar.core.property;

import static dev.sandbar.core.property.DirectiveInfo.VARIES;
import static dev.sandbar.core.property.DirectiveInfo.exec;
import static dev.sandbar.core.property.DirectiveInfo.service;
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
          exec("User", LINE, "", 0)
              .instead("each app has its own user")
              .openly(SettingText.USER)
              .shows(Evidence.OTHER_USER)
              .means("The user that the program runs as."),
          exec("Group", LINE, "", 0)
              .instead("each app has its own user")
              .openly(SettingText.GROUP)
              .means("The group that the program runs as."),
          exec("SupplementaryGroups", WORDS, "", 0)
              .instead("ask for permissions.devices or permissions.serial")
              .openly(SettingText.GROUPS)
              .means("Further groups of the app's user."),
          exec("DynamicUser", FLAG, "no", 232)
              .needs("DYNAMIC_USER")
              .shows(
                  Evidence.OTHER_USER,
                  Evidence.NO_NEW_PRIVILEGES,
                  Evidence.SECCOMP_FILTER,
                  Evidence.MOUNT_NAMESPACE)
              .toggle()
              .means("Runs the app under a dynamic user that exists only while it runs."),
          exec("PAMName", LINE, "", 0)
              .instead("an app has no session")
              .means("The PAM service that opens a session for the program."),
          exec("SetLoginEnvironment", FLAG, VARIES, 255)
              .empty(EmptyAssignment.RESETS)
              .ordinary()
              .instead("Sandbar writes it")
              .means("Whether HOME, LOGNAME and SHELL are set as at a login."),
          exec("KeyringMode", WORD, "private", 235)
              .instead("withhold permissions.keyring")
              .openly(SettingText.KEYRING)
              .means("Whose kernel keyring the app sees."),
          exec("RemoveIPC", FLAG, "no", 232)
              .toggle()
              .shows(Evidence.MANAGER)
              .means("Removes shared memory and queues of the app's user when it ends."),
          exec("UMask", OCTAL, "0022", 0)
              .shows(Evidence.UMASK)
              .takes(SettingText.CLOSED_MASK, SettingText.MASK)
              .means("Permission bits that new files do not get."),
          exec("CapabilityBoundingSet", CAPABILITIES, "~", 0)
              .empty(EmptyAssignment.SAYS)
              .shows(Evidence.CAPABILITIES)
              .instead("in mode: Closed an app has none but those that raw lists")
              .openly(SettingText.BOUNDING)
              .means("The capabilities that the app can ever have; empty means none."),
          exec("AmbientCapabilities", CAPABILITIES, "", 229)
              .instead(
                  "no app gets capabilities but that of ports below 1024: use permissions.ports")
              .openly(SettingText.AMBIENT)
              .shows(Evidence.CAPABILITIES)
              .means("Capabilities that the program gets without being root."),
          exec("SecureBits", SECURE_BITS, "", 0)
              .instead("no app in Closed mode is root: remove the line")
              .openly(SettingText.SECURE_BITS)
              .means("Whether being root means having capabilities; noroot-locked says never."),
          exec("SELinuxContext", LABEL, "", 209)
              .instead(
                  "Sandbar cannot show that a label holds: have the policy of the device give it to"
                      + " the path of the program")
              .means("The SELinux context that the program runs in."),
          exec("AppArmorProfile", LABEL, "", 210)
              .instead(
                  "Sandbar cannot show that a label holds: have the policy of the device give it to"
                      + " the path of the program")
              .means("The AppArmor profile that the program runs under."),
          exec("SmackProcessLabel", LABEL, "", 218)
              .instead(
                  "Sandbar cannot show that a label holds: have the policy of the device give it to"
                      + " the path of the program")
              .means("The SMACK label that the program runs under."),
          exec("LoadCredential", CREDENTIALS, "", 247)
              .instead("use secrets, and files for what is no secret")
              .means("Secrets that the program gets as files, read from elsewhere."),
          exec("LoadCredentialEncrypted", CREDENTIALS, "", 250)
              .instead("use secrets, and files for what is no secret")
              .means("Like LoadCredential, of files that are encrypted for the device."),
          exec("SetCredential", SET_CREDENTIALS, "", 247)
              .instead("use secrets, and files for what is no secret")
              .means("Secrets stored in the unit, which the program gets as files."),
          exec("SetCredentialEncrypted", OPAQUE, "", 250)
              .instead("use secrets, and files for what is no secret")
              .means("Secrets stored in the unit, encrypted for the device."),
          exec("ImportCredential", IMPORTS, "", 254)
              .onBus("ImportCredentialEx", "ImportCredential")
              .instead("use secrets, and files for what is no secret")
              .means("Credentials of the system that the program may read."),
          service("RefreshOnReload", OPAQUE, "", 260)
              .instead("use run.reload")
              .means("What a reload of the service brings up to date, such as credentials."),
          exec("PrivateUsers", WORD, "no", 232)
              .steps("no", "full", "identity", "self", "yes")
              .onBus("PrivateUsersEx", "PrivateUsers")
              .needs("USER_NAMESPACE")
              .shows(Evidence.USER_NAMESPACE)
              .toggle()
              .means("Maps users so that the app's root user, if any, has no rights outside."),
          exec("PrivatePIDs", WORD, "no", 257)
              .needs("MOUNT_NAMESPACE")
              .instead(
                  "apps see no other process anyway; a program that is process 1 ignores signals to"
                      + " stop")
              .means("Gives the unit its own PID namespace: it sees no other process."),
          // Newer systemds make a mount namespace for it too.
          exec("PrivateIPC", FLAG, "no", 248)
              .needs("IPC_NAMESPACE")
              .shows(Evidence.IPC_NAMESPACE)
              .toggle()
              .means(
                  "Separates shared memory, semaphores and message queues from those of others."),
          exec("IPCNamespacePath", PATH, "", 248)
              .needs("IPC_NAMESPACE")
              .instead("each app has namespaces of its own")
              .means("Runs the program in an IPC namespace that exists already."),
          exec("UserNamespacePath", PATH, "", 259)
              .needs("USER_NAMESPACE")
              .instead("each app has namespaces of its own")
              .means("Runs the program in a user namespace that exists already."),
          exec("RestrictNamespaces", NAMESPACES, "no", 233)
              .needs("SECCOMP")
              .shows(Evidence.SECCOMP_FILTER)
              .list()
              .means(
                  "The kinds of namespace that the app may make; yes is none, ~user is all but user"
                      + " namespaces."),
          exec("DelegateNamespaces", NAMESPACES, "no", 258)
              .instead("each app has namespaces of its own")
              .means("The kinds of namespace that the unit owns from within its user namespace."));
}
