package dev.sandbar.source.git;

import java.io.File;
import java.util.concurrent.TimeUnit;
import org.eclipse.jgit.lib.Config;
import org.eclipse.jgit.storage.file.FileBasedConfig;
import org.eclipse.jgit.storage.file.WindowCacheConfig;
import org.eclipse.jgit.util.FS;
import org.eclipse.jgit.util.SystemReader;
import org.jspecify.annotations.Nullable;

/**
 * Cuts JGit off from the machine: no {@code /etc/gitconfig}, no {@code ~/.gitconfig} (whose {@code
 * insteadOf}, proxy and filter settings could lead a fetch elsewhere), no environment variables,
 * and small caches. Holds for the whole process, which has no other use for Git.
 */
final class GitEnvironment {
  private static final int KIB = 1024;

  private GitEnvironment() {}

  /** Does it, once or more often. */
  static void isolate() {
    if (SystemReader.getInstance() instanceof IsolatedReader) {
      return;
    }
    SystemReader.setInstance(new IsolatedReader(SystemReader.getInstance()));
    var cache = new WindowCacheConfig();
    cache.setPackedGitLimit(4L * KIB * KIB);
    cache.setPackedGitWindowSize(8 * KIB);
    cache.setPackedGitOpenFiles(32);
    cache.setDeltaBaseCacheLimit(KIB * KIB);
    cache.setStreamFileThreshold(KIB * KIB);
    cache.setExposeStatsViaJmx(false);
    cache.install();
  }

  private static final class IsolatedReader extends SystemReader.Delegate {
    IsolatedReader(SystemReader system) {
      super(system);
    }

    @Override
    public @Nullable String getenv(String variable) {
      return null;
    }

    @Override
    public FileBasedConfig openSystemConfig(@Nullable Config parent, FS fs) {
      return new NoConfig(parent, fs);
    }

    @Override
    public FileBasedConfig openUserConfig(@Nullable Config parent, FS fs) {
      return new NoConfig(parent, fs);
    }

    @Override
    public FileBasedConfig openJGitConfig(@Nullable Config parent, FS fs) {
      return new NoConfig(parent, fs);
    }
  }

  /** A configuration that is always empty and never touches a file. */
  private static final class NoConfig extends FileBasedConfig {
    private static final long TIMESTAMP_STEP_MILLIS = 10;

    NoConfig(@Nullable Config parent, FS fs) {
      super(parent, new File("/nonexistent/sandbar-gitconfig"), fs);
    }

    @Override
    public void load() {}

    @Override
    public void save() {}

    @Override
    public boolean isOutdated() {
      return false;
    }

    /**
     * Answers what JGit would else measure at the first use of each file system, for seconds and
     * with a full core: how coarse the time stamps of files are. Linux file systems step with the
     * kernel's tick, 10 ms at the coarsest.
     */
    @Override
    public long getTimeUnit(
        String section, String subsection, String name, long fallback, TimeUnit unit) {
      if (!section.equals("filesystem")) {
        return super.getTimeUnit(section, subsection, name, fallback, unit);
      }
      return unit.convert(TIMESTAMP_STEP_MILLIS, TimeUnit.MILLISECONDS);
    }
  }
}
