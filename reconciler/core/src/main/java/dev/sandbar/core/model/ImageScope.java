package dev.sandbar.core.model;

import java.util.Locale;

/**
 * Where images come from, as the owner of a device names it: a repository of a registry or all that
 * are below it, a web server as a whole, or a folder of the device. Nothing is matched by a
 * pattern: what a scope does not plainly name is not in it.
 *
 * @param text for example {@code registry.example.com/acme}, {@code https://images.example.com} or
 *     {@code /srv/images}
 */
public record ImageScope(String text) {

  /** What to write. */
  public static final String HELP =
      "write HOST, HOST/REPOSITORY, https://HOST or /absolute/folder; each names all that is below"
          + " it";

  private static final String WEB = "https://";

  public ImageScope {
    if (!isValid(text)) {
      throw new IllegalArgumentException("not a place of images: " + text);
    }
  }

  /** Whether the text names a place of images. */
  public static boolean isValid(String text) {
    if (text.startsWith("/")) {
      return text.length() > 1 && PathText.problemIn(text).isEmpty();
    }
    if (text.startsWith(WEB)) {
      return text.indexOf('/', WEB.length()) < 0
          && text.equals(text.toLowerCase(Locale.ROOT))
          && ImageLocation.url(text + "/").isPresent();
    }
    return ImageLocation.repository(text.contains("/") ? text : text + "/a").isPresent();
  }

  /** Whether an image from there is meant. */
  public boolean includes(ImageSource source) {
    return switch (source) {
      case ImageSource.Registry registry ->
          registry.shown().equals(text) || registry.shown().startsWith(text + "/");
      case ImageSource.Web web -> text.startsWith(WEB) && text.equals(web.place());
      case ImageSource.File(var path) -> text.startsWith("/") && PathText.within(path, text);
      case ImageSource.Layout(var path) -> text.startsWith("/") && PathText.within(path, text);
    };
  }
}
