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
record Stamp(Map<String, Object> attributes) {

  static Stamp of(Path file) throws IOException {
    return new Stamp(
        Files.readAttributes(
            file, "unix:dev,ino,size,lastModifiedTime,ctime", LinkOption.NOFOLLOW_LINKS));
  }
}
