package dev.sandbar.device.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;

/**
 * Identity and age of a file (inode(7)). Equal stamps mean that nothing was written to it: every
 * write sets ctime, and nothing but the clock sets that back.
 */
record FileStamp(Map<String, Object> attributes) {

  /** Of a file that cannot be read. */
  static final FileStamp NONE = new FileStamp(Map.of());

  static FileStamp of(Path file) throws IOException {
    return new FileStamp(
        Files.readAttributes(
            file, "unix:dev,ino,size,lastModifiedTime,ctime", LinkOption.NOFOLLOW_LINKS));
  }
}
