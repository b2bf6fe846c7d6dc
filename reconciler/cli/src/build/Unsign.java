import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/**
 * Takes the signatures out of jars. Nobody checks who signed them, but the JVM keeps no class of a
 * signed jar in its archive and hashes each one when it loads it. Run by the launcher when it
 * builds, as a single source file.
 */
final class Unsign {
  private Unsign() {}

  public static void main(String[] jars) throws IOException {
    for (String jar : jars) {
      unsign(Path.of(jar));
    }
  }

  private static void unsign(Path jar) throws IOException {
    Path unsigned = jar.resolveSibling(jar.getFileName() + ".unsigned");
    try (var in = new JarFile(jar.toFile(), false)) {
      if (in.stream().noneMatch(entry -> isSignature(entry.getName()))) {
        return;
      }
      var manifest = new Manifest(in.getManifest());
      // One section per file, with nothing but its digest.
      manifest.getEntries().clear();
      try (var out = new JarOutputStream(Files.newOutputStream(unsigned), manifest)) {
        for (var entries = in.entries(); entries.hasMoreElements(); ) {
          copy(in, entries.nextElement(), out);
        }
      }
    }
    Files.move(unsigned, jar, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void copy(JarFile in, JarEntry entry, JarOutputStream out) throws IOException {
    if (isSignature(entry.getName()) || entry.getName().equals(JarFile.MANIFEST_NAME)) {
      return;
    }
    var same = new ZipEntry(entry.getName());
    same.setTime(entry.getTime());
    out.putNextEntry(same);
    try (InputStream content = in.getInputStream(entry)) {
      content.transferTo(out);
    }
    out.closeEntry();
  }

  private static boolean isSignature(String name) {
    return name.matches("META-INF/[^/]+\\.(SF|RSA|DSA|EC)");
  }
}
