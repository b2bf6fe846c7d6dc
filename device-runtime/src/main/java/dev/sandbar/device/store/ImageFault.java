package dev.sandbar.device.store;

import dev.sandbar.device.kernel.RegularFile;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** What is wrong with the file of an image, for people. */
final class ImageFault {

  static final String TOO_LARGE = "larger than the limit of ";

  private ImageFault() {}

  /** What is wrong with a file and how to fix it. */
  static String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException _ ->
          "no such file on this device; put the image there, or correct the path";
      case AccessDeniedException _ ->
          "not readable by the agent; check its permissions and those of its folders";
      case FileSystemException f when f.getReason() != null -> withHelp(f.getReason());
      default -> withHelp(String.valueOf(e.getMessage()));
    };
  }

  private static String withHelp(String reason) {
    String help =
        switch (reason) {
          case RegularFile.IS_LINK -> "put the file itself there, or name what it leads to";
          case RegularFile.IS_NOT_REGULAR -> "name the image file itself";
          case ImageDigest.GROWS -> "supply a file that is complete";
          default ->
              reason.startsWith(TOO_LARGE) ? "make it smaller" : "check the disk that it is on";
        };
    return reason + "; " + help;
  }
}
