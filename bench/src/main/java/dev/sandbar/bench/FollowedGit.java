package dev.sandbar.bench;

import dev.sandbar.vdev.Suite;
import dev.sandbar.vdev.VirtualDevice;
import java.io.IOException;
import java.nio.file.Files;

/** A virtual device whose settings name a repository with some apps. */
record FollowedGit(VirtualDevice device, BenchRepository repository) implements AutoCloseable {

  static FollowedGit of(int apps) throws IOException {
    BenchRepository repository = BenchRepository.create(Files.createTempDirectory("sandbar-bench"));
    repository.apps(apps);
    VirtualDevice device =
        VirtualDevice.named("bench-git")
            .suite(Suite.TRIXIE)
            .bind(repository.folder(), "/srv/fleet")
            .boot();
    device.write(
        "/etc/sandbar/agent.yaml",
        """
        apiVersion: sandbar.dev/v1alpha1
        kind: AgentConfig
        git: {url: "file:///srv/fleet"}
        """);
    return new FollowedGit(device, repository);
  }

  @Override
  public void close() throws IOException {
    device.close();
    repository.close();
    Folders.delete(repository.folder());
  }
}
