package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.BusName;
import dev.sandbar.core.model.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What lets an app be a service on the system bus: a file of the bus (dbus-daemon(1)), without
 * which it lets nobody own a name, nor call its owner. It is for a group in which only filters are;
 * which of the names each lets its app own is up to the filter.
 *
 * <p>A dynamic user is no one that such a file can name: the bus looks names up when it reads the
 * file, when there is none yet, and the number may belong to another service tomorrow.
 *
 * @param instance of the filter
 * @param own names; one or more
 */
public record BusPolicy(String instance, AppName app, SortedSet<BusName> own) {

  /** Where an owner of a device puts such files; the bus looks at this folder. */
  public static final String FOLDER = "/etc/dbus-1/system.d";

  private static final String PREFIX = "sandbar-";
  private static final String SUFFIX = ".conf";

  /** Digits of a digest that are shown. */
  private static final int SHOWN = 16;

  public BusPolicy {
    own = Collections.unmodifiableSortedSet(new TreeSet<>(own));
  }

  /** The name of the file of an instance. */
  public static String file(String instance) {
    return PREFIX + instance + SUFFIX;
  }

  /** Whether a file of this name is one of Sandbar's. */
  public static boolean isOwn(String file) {
    return file.matches(PREFIX + "[0-9a-f]+[.]conf");
  }

  /** The name of its file. */
  public String file() {
    return file(instance);
  }

  /**
   * What its file holds. No name has a character that means something in it; that of the app could
   * end a comment, and of a file that is not XML the bus uses no other either.
   */
  public String text() {
    var text = new StringBuilder();
    text.append(
        """
        <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
         "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
        <!-- What an app is on the system bus. The Sandbar agent writes and removes this file. -->
        <busconfig>
          <policy group="%s">
        """
            .formatted(BusProxy.OWNERS));
    own.forEach(name -> text.append("    <allow own=\"%s\"/>\n".formatted(name)));
    text.append("  </policy>\n  <policy context=\"default\">\n");
    own.forEach(name -> text.append("    <allow send_destination=\"%s\"/>\n".formatted(name)));
    return text.append("  </policy>\n</busconfig>\n").toString();
  }

  /** For people, in the form of {@link #shown(byte[])}. */
  String shown() {
    return shown(text().getBytes(StandardCharsets.UTF_8));
  }

  /** The content of a file, for people. */
  public static String shown(byte[] content) {
    return "sha256:" + Sha256.of(content).hex().substring(0, SHOWN);
  }
}
