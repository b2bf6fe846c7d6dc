package dev.sandbar.core.property;

import static dev.sandbar.core.property.DirectiveInfo.VARIES;
import static dev.sandbar.core.property.DirectiveInfo.directive;
import static dev.sandbar.core.property.Syntax.BINDS;
import static dev.sandbar.core.property.Syntax.DIRECTORIES;
import static dev.sandbar.core.property.Syntax.FILTER;
import static dev.sandbar.core.property.Syntax.FLAG;
import static dev.sandbar.core.property.Syntax.LINE;
import static dev.sandbar.core.property.Syntax.MOUNTS;
import static dev.sandbar.core.property.Syntax.MOUNT_FLAGS;
import static dev.sandbar.core.property.Syntax.OCTAL;
import static dev.sandbar.core.property.Syntax.OPAQUE;
import static dev.sandbar.core.property.Syntax.PAIRS;
import static dev.sandbar.core.property.Syntax.PATH;
import static dev.sandbar.core.property.Syntax.PATHS;
import static dev.sandbar.core.property.Syntax.ROOT_HASH;
import static dev.sandbar.core.property.Syntax.SEARCH_PATH;
import static dev.sandbar.core.property.Syntax.WORD;
import static dev.sandbar.core.property.Syntax.WORDS;

import java.util.List;

/** What the processes of a unit see of the file system (systemd.exec(5), Paths and Sandboxing). */
final class FilesystemDirectives {

  private FilesystemDirectives() {}

  static final List<DirectiveInfo> ALL =
      List.of(
          directive("RootDirectory", PATH, "", 0).needs("MOUNT_NAMESPACE"),
          directive("RootImage", PATH, "", 233).needs("ROOT_IMAGE"),
          directive("RootImageOptions", PAIRS, "", 247).needs("ROOT_IMAGE"),
          directive("RootImagePolicy", LINE, VARIES, 254).needs("ROOT_IMAGE"),
          directive("RootHash", ROOT_HASH, "", 246)
              .onBus("RootHash", "RootHashPath")
              .needs("ROOT_IMAGE"),
          directive("RootHashSignature", OPAQUE, "", 246).needs("ROOT_IMAGE"),
          directive("RootVerity", PATH, "", 246).needs("ROOT_IMAGE"),
          directive("RootEphemeral", FLAG, "no", 254).needs("MOUNT_NAMESPACE"),
          directive("RootMStack", PATH, "", 260).needs("MOUNT_NAMESPACE"),
          directive("ExtensionImages", OPAQUE, "", 248).needs("ROOT_IMAGE"),
          directive("ExtensionDirectories", PATHS, "", 251).needs("MOUNT_NAMESPACE"),
          directive("ExtensionImagePolicy", LINE, VARIES, 254),
          directive("MountImages", OPAQUE, "", 247).needs("ROOT_IMAGE"),
          directive("MountImagePolicy", LINE, VARIES, 254),
          directive("MountAPIVFS", FLAG, "no", 233).needs("MOUNT_NAMESPACE"),
          directive("BindLogSockets", FLAG, "no", 257).needs("MOUNT_NAMESPACE"),
          directive("RootDirectoryStartOnly", FLAG, "no", 0),
          directive("WorkingDirectory", PATH, "", 0),
          directive("ProtectSystem", WORD, "no", 214).needs("MOUNT_NAMESPACE"),
          directive("ProtectHome", WORD, "no", 214).needs("MOUNT_NAMESPACE"),
          directive("PrivateTmp", WORD, "no", 0)
              .onBus("PrivateTmpEx", "PrivateTmp")
              .needs("MOUNT_NAMESPACE"),
          directive("PrivateMounts", FLAG, "no", 239).needs("MOUNT_NAMESPACE"),
          directive("MountFlags", MOUNT_FLAGS, "", 0).needs("MOUNT_NAMESPACE"),
          directive("ReadWritePaths", PATHS, "", 231).needs("MOUNT_NAMESPACE"),
          directive("ReadOnlyPaths", PATHS, "", 231).needs("MOUNT_NAMESPACE"),
          directive("InaccessiblePaths", PATHS, "", 231).needs("MOUNT_NAMESPACE"),
          directive("ExecPaths", PATHS, "", 248).needs("MOUNT_NAMESPACE"),
          directive("NoExecPaths", PATHS, "", 248).needs("MOUNT_NAMESPACE"),
          directive("BindPaths", BINDS, "", 233).needs("MOUNT_NAMESPACE"),
          directive("BindReadOnlyPaths", BINDS, "", 233).needs("MOUNT_NAMESPACE"),
          directive("TemporaryFileSystem", MOUNTS, "", 238).needs("MOUNT_NAMESPACE"),
          directive("ExecSearchPath", SEARCH_PATH, "", 250),
          directive("RestrictFileSystems", FILTER, "", 250),
          directive("StateDirectory", DIRECTORIES, "", 235),
          directive("StateDirectoryMode", OCTAL, "0755", 235),
          directive("CacheDirectory", DIRECTORIES, "", 235),
          directive("CacheDirectoryMode", OCTAL, "0755", 235),
          directive("LogsDirectory", DIRECTORIES, "", 235),
          directive("LogsDirectoryMode", OCTAL, "0755", 235),
          directive("RuntimeDirectory", DIRECTORIES, "", 211),
          directive("RuntimeDirectoryMode", OCTAL, "0755", 234),
          directive("RuntimeDirectoryPreserve", WORD, "no", 235),
          directive("ConfigurationDirectory", DIRECTORIES, "", 235),
          directive("ConfigurationDirectoryMode", OCTAL, "0755", 235),
          directive("ProtectProc", WORD, "default", 247).needs("PROC_SUBSET"),
          directive("ProcSubset", WORD, "all", 247).needs("PROC_SUBSET"),
          directive("OpenFile", OPAQUE, "", 253),
          directive("JoinsNamespaceOf", WORDS, "", 209).inUnitSection());
}
