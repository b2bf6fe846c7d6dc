package dev.sandbar.core.property;

import static dev.sandbar.core.property.DirectiveInfo.VARIES;
import static dev.sandbar.core.property.DirectiveInfo.exec;
import static dev.sandbar.core.property.DirectiveInfo.service;
import static dev.sandbar.core.property.DirectiveInfo.unit;
import static dev.sandbar.core.property.Syntax.BINDS;
import static dev.sandbar.core.property.Syntax.DIRECTORIES;
import static dev.sandbar.core.property.Syntax.DIRECTORY_QUOTA;
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
          exec("RootDirectory", PATH, "", 0)
              .needs("MOUNT_NAMESPACE")
              .instead("make an image of the directory with 'sandbar image build', and use image")
              .means("The directory that is the app's file system."),
          exec("RootImage", PATH, "", 233)
              .needs("ROOT_IMAGE")
              .shows(Evidence.MOUNT_NAMESPACE, Evidence.MOUNTS)
              .list()
              .means("The image file that is the app's file system."),
          exec("RootImageOptions", PAIRS, "", 247)
              .needs("ROOT_IMAGE")
              .instead("leave it out: image mounts read-only, with options that Sandbar sets")
              .means("Mount options of the image."),
          exec("RootImagePolicy", LINE, VARIES, 254)
              .needs("IMAGE_VERITY")
              .shows(Evidence.MOUNTS)
              .instead("use image.rootHash")
              .means("What properties the image must have to be mounted."),
          exec("RootHash", ROOT_HASH, "", 246)
              .onBus("RootHash", "RootHashPath")
              .needs("IMAGE_VERITY")
              .shows(Evidence.MOUNTS)
              .instead("use image.rootHash")
              .means("The dm-verity root hash that the image must have."),
          exec("RootHashSignature", OPAQUE, "", 246)
              .needs("ROOT_IMAGE")
              .instead("use image.rootHash; who may sign images is in the policy of the device")
              .means("The signature of RootHash, which the kernel checks."),
          exec("RootVerity", PATH, "", 246)
              .needs("IMAGE_VERITY")
              .shows(Evidence.MOUNTS)
              .instead("use image.rootHash")
              .means("The file that holds the dm-verity data of the image."),
          exec("RootEphemeral", FLAG, "no", 254)
              .needs("MOUNT_NAMESPACE")
              .instead(
                  "leave it out: nothing writes to an image; ask for permissions.state, or write"
                      + " below /tmp")
              .means("Runs the program in a copy of its root, which is removed afterwards."),
          exec("RootMStack", PATH, "", 260)
              .needs("MOUNT_NAMESPACE")
              .instead("make one image of the layers, and use image")
              .means("A directory whose entries are stacked into the unit's file system."),
          exec("ExtensionImages", OPAQUE, "", 248)
              .needs("ROOT_IMAGE")
              .instead("put what it adds into image, or single files into files")
              .means("Image files that are laid over the unit's root."),
          exec("ExtensionDirectories", PATHS, "", 251)
              .needs("MOUNT_NAMESPACE")
              .instead("put what it adds into image, or single files into files")
              .means("Directories that are laid over the unit's root."),
          exec("ExtensionImagePolicy", LINE, VARIES, 254)
              .instead("leave it out: only image mounts images; use image.rootHash")
              .means("What properties an image in ExtensionImages must have to be used."),
          exec("MountImages", OPAQUE, "", 247)
              .needs("ROOT_IMAGE")
              .instead("put what it holds into image, or ask for permissions.mounts")
              .means("Image files that are mounted at a place of the unit's file system."),
          exec("MountImagePolicy", LINE, VARIES, 254)
              .instead("leave it out: only image mounts images; use image.rootHash")
              .means("What properties an image in MountImages must have to be mounted."),
          exec("MountAPIVFS", FLAG, "no", 233)
              .empty(EmptyAssignment.RESETS)
              .needs("MOUNT_NAMESPACE")
              .shows(Evidence.MOUNTS)
              .instead("leave it out: an app with an image has them")
              .means("Mounts /proc, /sys, /dev and /run into the app's own root."),
          exec("BindLogSockets", FLAG, "no", 257)
              .empty(EmptyAssignment.RESETS)
              .needs("MOUNT_NAMESPACE")
              .shows(Evidence.MOUNTS)
              .instead("standard output goes to the journal without them")
              .means("Whether the sockets of the journal are shown in the unit's own root."),
          service("RootDirectoryStartOnly", FLAG, "no", 0)
              .instead("leave it out: all commands of an app run in its image")
              .means("Whether only ExecStart runs in the unit's own root."),
          exec("WorkingDirectory", PATH, "", 0)
              .empty(EmptyAssignment.KEEPS)
              .instead("use run.workingDirectory")
              .means("The directory that the program starts in."),
          exec("ProtectSystem", WORD, "no", 214)
              .needs("MOUNT_NAMESPACE")
              .shows(Evidence.MOUNT_NAMESPACE, Evidence.MOUNTS)
              .ladder(Rungs.SYSTEM)
              .means("Write-protects the file system; strict leaves only what is listed."),
          exec("ProtectHome", WORD, "no", 214)
              .needs("MOUNT_NAMESPACE")
              .shows(Evidence.MOUNT_NAMESPACE, Evidence.MOUNTS)
              .ladder(Rungs.HOME)
              .means("Hides or write-protects /home, /root and /run/user."),
          exec("PrivateTmp", WORD, "no", 0)
              .onBus("PrivateTmpEx", "PrivateTmp")
              .needs("MOUNT_NAMESPACE")
              .shows(Evidence.MOUNT_NAMESPACE, Evidence.MOUNTS)
              .ladder(Rungs.TMP)
              .means("Gives the app a private /tmp and /var/tmp."),
          exec("PrivateMounts", FLAG, "no", 239)
              .needs("MOUNT_NAMESPACE")
              .shows(Evidence.MOUNT_NAMESPACE)
              .toggle()
              .means(
                  "Mounts of the app are not seen outside, and later mounts outside are not seen by"
                      + " it."),
          exec("MountFlags", MOUNT_FLAGS, "", 0)
              .needs("MOUNT_NAMESPACE")
              .instead("mounts of an app are never seen outside")
              .means("How mounts spread between the unit and the device."),
          exec("ReadWritePaths", PATHS, "", 231)
              .needs("MOUNT_NAMESPACE")
              .instead("ask for permissions.state or permissions.storage")
              .shows(Evidence.MOUNTS)
              .openly(SettingText.PATHS)
              .means("Files and directories that stay writable despite ProtectSystem."),
          exec("ReadOnlyPaths", PATHS, "", 231)
              .needs("MOUNT_NAMESPACE")
              .shows(Evidence.MOUNTS)
              .list()
              .means("Files and directories that cannot be written."),
          exec("InaccessiblePaths", PATHS, "", 231)
              .needs("MOUNT_NAMESPACE")
              .shows(Evidence.MOUNT_NAMESPACE, Evidence.HIDDEN_PATHS, Evidence.MOUNTS)
              .list()
              .means("Files and directories that the app does not see at all."),
          exec("ExecPaths", PATHS, "", 248)
              .needs("MOUNT_NAMESPACE")
              .shows(Evidence.MOUNT_NAMESPACE, Evidence.MOUNTS)
              .instead("in mode: Closed, permissions.runFromData decides it")
              .openly(SettingText.PATHS)
              .means("Paths from which programs may be executed despite NoExecPaths."),
          exec("NoExecPaths", PATHS, "", 248)
              .needs("MOUNT_NAMESPACE")
              .shows(Evidence.MOUNT_NAMESPACE, Evidence.MOUNTS)
              .instead("in mode: Closed, permissions.runFromData decides it")
              .openly(SettingText.PATHS)
              .means("Paths from which no program may be executed."),
          exec("BindPaths", BINDS, "", 233)
              .needs("MOUNT_NAMESPACE")
              .shows(Evidence.MOUNT_NAMESPACE, Evidence.MOUNTS)
              .instead("ask for permissions.storage")
              .means(
                  "Shows files or directories of the device in the app's file system, writable."),
          exec("BindReadOnlyPaths", BINDS, "", 233)
              .needs("MOUNT_NAMESPACE")
              .shows(Evidence.MOUNT_NAMESPACE, Evidence.MOUNTS)
              .instead("ask for permissions.storage")
              .means(
                  "Shows files or directories of the device in the app's file system, read only."),
          exec("TemporaryFileSystem", MOUNTS, "", 238)
              .needs("MOUNT_NAMESPACE")
              .shows(Evidence.MOUNT_NAMESPACE, Evidence.MOUNTS)
              .instead("use InaccessiblePaths to hide a directory; /tmp is the app's own")
              .means("Mounts an empty in-memory file system over a directory."),
          exec("ExecSearchPath", SEARCH_PATH, "", 250)
              .instead("write the absolute path in run.command")
              .means("Where programs given without a path are searched for."),
          exec("RestrictFileSystems", FILTER, "", 250)
              .instead("what an app may open is what is mounted for it")
              .means("The kinds of file system that the program may open files of."),
          exec("StateDirectory", DIRECTORIES, "", 235)
              .instead("ask for permissions.state")
              .shows(Evidence.MOUNTS)
              .openly(SettingText.DIRECTORIES)
              .means("A directory below /var/lib that is the app's own and outlives it."),
          exec("StateDirectoryMode", OCTAL, "0755", 235)
              .instead("Sandbar gives directories of an app to its user alone")
              .openly(SettingText.ACCESS)
              .means("The access mode of StateDirectory."),
          exec("CacheDirectory", DIRECTORIES, "", 235)
              .instead("ask for permissions.cache")
              .shows(Evidence.MOUNTS)
              .openly(SettingText.DIRECTORIES)
              .means("A directory below /var/cache that is the unit's own."),
          exec("CacheDirectoryMode", OCTAL, "0755", 235)
              .instead("Sandbar gives directories of an app to its user alone")
              .openly(SettingText.ACCESS)
              .means("The access mode of CacheDirectory."),
          exec("LogsDirectory", DIRECTORIES, "", 235)
              .instead("ask for permissions.logs")
              .shows(Evidence.MOUNTS)
              .openly(SettingText.DIRECTORIES)
              .means("A directory below /var/log that is the unit's own."),
          exec("LogsDirectoryMode", OCTAL, "0755", 235)
              .instead("Sandbar gives directories of an app to its user alone")
              .openly(SettingText.ACCESS)
              .means("The access mode of LogsDirectory."),
          exec("StateDirectoryQuota", DIRECTORY_QUOTA, "infinity", 258)
              .empty(EmptyAssignment.SAYS)
              .needs("STATE_QUOTA")
              .shows(Evidence.DIRECTORY_SIZE, Evidence.USER_NAMESPACE)
              .instead("ask for permissions.state with a quota")
              .means("How much StateDirectory may hold."),
          exec("StateDirectoryAccounting", FLAG, "no", 258)
              .unread()
              .instead("ask for permissions.state with a quota, which counts it too")
              .means("Whether what StateDirectory holds is counted."),
          exec("CacheDirectoryQuota", DIRECTORY_QUOTA, "infinity", 258)
              .empty(EmptyAssignment.SAYS)
              .needs("CACHE_QUOTA")
              .shows(Evidence.DIRECTORY_SIZE, Evidence.USER_NAMESPACE)
              .instead("ask for permissions.cache with a quota")
              .means("How much CacheDirectory may hold."),
          exec("CacheDirectoryAccounting", FLAG, "no", 258)
              .unread()
              .instead("ask for permissions.cache with a quota, which counts it too")
              .means("Whether what CacheDirectory holds is counted."),
          exec("LogsDirectoryQuota", DIRECTORY_QUOTA, "infinity", 258)
              .empty(EmptyAssignment.SAYS)
              .needs("LOGS_QUOTA")
              .shows(Evidence.DIRECTORY_SIZE, Evidence.USER_NAMESPACE)
              .instead("ask for permissions.logs with a quota")
              .means("How much LogsDirectory may hold."),
          exec("LogsDirectoryAccounting", FLAG, "no", 258)
              .unread()
              .instead("ask for permissions.logs with a quota, which counts it too")
              .means("Whether what LogsDirectory holds is counted."),
          exec("RuntimeDirectory", DIRECTORIES, "", 211)
              .shows(Evidence.MOUNTS)
              .instead("write run.runtimeDirectories")
              .openly(SettingText.DIRECTORIES)
              .means("A directory below /run that is the unit's own and goes with it."),
          exec("RuntimeDirectoryMode", OCTAL, "0755", 234)
              .instead("a directory of run.runtimeDirectories is the app's alone")
              .openly(SettingText.ACCESS)
              .means("The access mode of RuntimeDirectory."),
          exec("RuntimeDirectoryPreserve", WORD, "no", 235)
              .instead("a directory of run.runtimeDirectories is removed when the app has stopped")
              .openly(SettingText.PRESERVE)
              .means("Whether RuntimeDirectory is kept when the unit stops."),
          exec("ConfigurationDirectory", DIRECTORIES, "", 235)
              .instead("use files")
              .openly(SettingText.DIRECTORIES)
              .means("A directory below /etc that is the unit's own."),
          exec("ConfigurationDirectoryMode", OCTAL, "0755", 235)
              .instead("use files")
              .openly(SettingText.ACCESS)
              .means("The access mode of ConfigurationDirectory."),
          exec("ProtectProc", WORD, "default", 247)
              .steps("default", "noaccess", "invisible", "ptraceable")
              .needs("PROC_SUBSET")
              .shows(Evidence.MOUNTS)
              .instead("in mode: Closed, permissions.otherApps decides it")
              .openly(SettingText.PROC_SEEN)
              .means("Which processes /proc shows; invisible shows only the app's own."),
          exec("ProcSubset", WORD, "all", 247)
              .steps("all", "pid")
              .needs("PROC_SUBSET")
              .shows(Evidence.MOUNTS)
              .instead("in mode: Closed, permissions.systemInfo decides it")
              .openly(SettingText.PROC_PART)
              .means("Which part of /proc there is; pid leaves only processes."),
          service("OpenFile", OPAQUE, "", 253)
              .instead("use files")
              .means("Files that systemd opens and passes on."),
          unit("JoinsNamespaceOf", WORDS, "", 209)
              .instead("each app has namespaces of its own")
              .means("Other units whose private network, /tmp or IPC this one shares."));
}
