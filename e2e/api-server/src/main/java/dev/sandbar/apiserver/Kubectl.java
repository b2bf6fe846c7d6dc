package dev.sandbar.apiserver;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Runs kubectl against one control plane, in the name of one user.
 *
 * @param program the program's file
 * @param kubeconfig the user's file
 * @param home holds kubectl's caches; nothing of the caller's own home is read or written
 * @param path where plugins ({@code kubectl-NAME}) are looked for
 */
public record Kubectl(Path program, Path kubeconfig, Path home, String path) {
  private static final Duration LIMIT = Duration.ofMinutes(5);

  /** Returns the same in the name of the user of another kubeconfig file. */
  public Kubectl as(Path other) {
    return new Kubectl(program, other, home, path);
  }

  /** Returns the same with a folder in which it finds plugins. */
  public Kubectl withPlugins(Path folder) {
    return new Kubectl(program, kubeconfig, home, folder + ":" + path);
  }

  /** Runs kubectl with these arguments. */
  public KubectlResult run(String... arguments) {
    return runWithInput("", arguments);
  }

  /** Applies manifests (YAML or JSON) with server-side apply. */
  public KubectlResult apply(String manifests) {
    return runWithInput(manifests, "apply", "--server-side", "-f", "-");
  }

  /** Runs kubectl with these arguments and this text on its standard input. */
  public KubectlResult runWithInput(String input, String... arguments) {
    var argv = new ArrayList<>(List.of(program.toString()));
    argv.addAll(List.of(arguments));
    var builder = new ProcessBuilder(argv).directory(home.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", path);
    builder.environment().put("HOME", home.toString());
    builder.environment().put("LANG", "C.UTF-8");
    // It ends before it would have to tidy up, or to use a second processor.
    builder.environment().put("GOGC", "off");
    builder.environment().put("GOMEMLIMIT", "256MiB");
    builder.environment().put("GOMAXPROCS", "1");
    builder.environment().put("KUBECONFIG", kubeconfig.toString());
    Process process = Spawner.start(builder);
    try (OutputStream stdin = process.getOutputStream()) {
      var out = drain(process.getInputStream());
      var err = drain(process.getErrorStream());
      feed(stdin, input);
      if (!process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
        throw new ApiServerException(
            "kubectl %s did not end within %d s\n%s%s"
                .formatted(String.join(" ", arguments), LIMIT.toSeconds(), out.get(), err.get()));
      }
      return new KubectlResult(process.exitValue(), out.get(), err.get());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new ApiServerException("interrupted while running kubectl", e);
    }
  }

  private static void feed(OutputStream stdin, String input) {
    try (stdin) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      // It ended without reading everything: its exit code and words tell why.
    }
  }

  private static CompletableFuture<String> drain(InputStream stream) {
    var text = new CompletableFuture<String>();
    Thread.ofVirtual()
        .start(
            () -> {
              try (stream) {
                text.complete(new String(stream.readAllBytes(), StandardCharsets.UTF_8));
              } catch (IOException e) {
                text.completeExceptionally(e);
              }
            });
    return text;
  }
}
