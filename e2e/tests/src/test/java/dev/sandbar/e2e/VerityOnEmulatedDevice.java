package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.cli.Main;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.vdev.CommandResult;
import dev.sandbar.vdev.EmulatedDevice;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Images of which the kernel checks each block, where the kernel can. */
final class VerityOnEmulatedDevice {

  private static final String APP = "checked";
  private static final String DROP_IN = "/run/systemd/system/" + Apps.unit(APP) + ".d/50-own.conf";
  private static final int NOISE = 256 << 10;

  private final EmulatedAgent agent;
  private final EmulatedDevice device;
  private final Path folder;

  VerityOnEmulatedDevice(EmulatedAgent agent, Path folder) {
    this.agent = agent;
    this.device = agent.device();
    this.folder = folder;
  }

  /**
   * An image as people make it.
   *
   * @param mark where bytes begin that no other file of it has
   */
  private record Built(Path file, Sha256 sha256, String rootHash, int mark) {
    String source() {
      return "/srv/images/" + file.getFileName();
    }

    String stored(String suffix) {
      return "/var/lib/sandbar/images/sha256-" + sha256.hex() + suffix;
    }

    String spec(String hash, String more) {
      return "image: {path: %s, sha256: %s, rootHash: %s}, run: {command: [/usr/bin/probe, --hold, --only, 'tcp4-out,sysv-shared-memory']}%s"
          .formatted(source(), sha256.hex(), hash, more);
    }
  }

  void run() throws Exception {
    Built good = built("good", 1);
    Built evil = built("evil", 2);
    device.exec("mkdir", "-p", "/srv/images", "/srv/evil").orThrow();
    device.put(good.file(), good.source());
    device.put(evil.file(), "/srv/evil/image");
    device.put(Path.of(evil.file() + ".verity"), "/srv/evil/tree");

    agent.run(APP, good.spec(good.rootHash(), ""));
    assertThat(attested())
        .containsPattern(enforced(good))
        .containsPattern("RootVerity +\\S+ +as declared +.* +Enforced")
        .containsPattern("RootImagePolicy +root=verity +as declared +.* +Enforced");
    assertThat(sh("cat /sys/dev/block/$(awk '$5 == \"/\" {print $3}' /proc/%s/mountinfo)/dm/uuid"))
        .startsWith("CRYPT-VERITY-")
        .endsWith(good.rootHash() + "-verity");

    // It has no namespace of its own for what the device has of it; the filter holds it back.
    assertThat(sh("journalctl -b -o cat --no-pager -u " + Apps.unit(APP)))
        .containsPattern("sysv-shared-memory.*EPERM");

    anotherHashStartsNothing(good);
    exchangedFilesAreNeverEnforced(good, evil);
    aChangedBlockIsNotHandedOut(good);
    agent.remove(APP);
  }

  /** The version before goes on, and the help is the hash to write. */
  private void anotherHashStartsNothing(Built good) throws IOException {
    String invocation = Apps.invocation(device, APP);
    String other = good.rootHash().substring(1) + good.rootHash().charAt(0);
    agent.repository().commit(APP + ".yaml", Apps.manifest(APP, good.spec(other, "")));
    await()
        .atMost(EmulatedAgent.SOON)
        .untilAsserted(
            () ->
                assertThat(agent.why(APP, "Ready") + agent.problems())
                    .contains("not the declared " + other)
                    .contains("write image.rootHash: " + good.rootHash()));
    assertThat(Apps.invocation(device, APP)).isEqualTo(invocation);
    assertThat(Apps.state(device, APP)).isEqualTo("active");
    agent.run(APP, good.spec(good.rootHash(), ""));
    assertThat(Apps.invocation(device, APP)).as("the same version").isEqualTo(invocation);
  }

  /** Somebody with root, or with the disk: another image and its tree in the place of ours. */
  private void exchangedFilesAreNeverEnforced(Built good, Built evil) throws IOException {
    String exchange =
        "cat /srv/evil/image >%s; cat /srv/evil/tree >%s"
            .formatted(good.stored(".raw"), good.stored(".verity"));
    sh(
        "cd /srv/evil; cp %s mine; cp %s mine.tree"
            .formatted(good.stored(".raw"), good.stored(".verity")));
    Apps.stop(device, APP);
    sh(exchange);
    CommandResult start = device.exec(EmulatedAgent.SOON, "systemctl", "start", Apps.unit(APP));
    assertThat(start.ok()).as("not mounted").isFalse();
    assertThat(
            sh(
                "systemctl show --property=Result,ExecMainStatus,SubState %1$s; journalctl -b -o cat --no-pager -n 20 -u %1$s"
                    .formatted(Apps.unit(APP))))
        .as(start.stderr())
        .contains("226/NAMESPACE");
    Apps.awaitDrift(agent, APP, "(?s).*(?i)image.*not with this content.*");

    // With the unit changed too it starts, and everything is put back.
    device.write(DROP_IN, "[Service]\nRootHash=\nRootHash=" + evil.rootHash() + "\n");
    sh("systemctl daemon-reload; systemctl reset-failed %s".formatted(Apps.unit(APP)));
    device.exec(EmulatedAgent.SOON, "systemctl", "restart", Apps.unit(APP)).orThrow();
    sh(
        "cd /srv/evil; cat mine >%s; cat mine.tree >%s; rm -r %s; systemctl daemon-reload"
            .formatted(
                good.stored(".raw"),
                good.stored(".verity"),
                DROP_IN.substring(0, DROP_IN.lastIndexOf('/'))));
    assertThat(Apps.show(device, APP, "RootHash")).isEqualTo(good.rootHash());
    assertThat(attested())
        .containsPattern(
            "RootHash +"
                + good.rootHash()
                + " +as declared +.*"
                + evil.rootHash()
                + ".* +Degraded");
    device.exec(EmulatedAgent.SOON, "systemctl", "restart", Apps.unit(APP)).orThrow();
    Apps.awaitNoDrift(agent, APP);
  }

  private void aChangedBlockIsNotHandedOut(Built good) throws IOException {
    String data = "/proc/%s/root/srv/noise".formatted(Apps.pid(device, APP));
    sh(
        "printf x | dd of=%s bs=1 seek=%d conv=notrunc status=none; sync; echo 3 >/proc/sys/vm/drop_caches"
            .formatted(good.stored(".raw"), good.mark()));
    assertThat(device.exec("cat", data).stderr()).contains("Input/output error");
    assertThat(
            sh(
                "journalctl -k -o cat --no-pager | grep -c 'data block %d is corrupted'"
                    .formatted(good.mark() / 4096)))
        .isNotEqualTo("0");
    Apps.awaitDrift(agent, APP, "(?s).*(?i)image.*not with this content.*");
    assertThat(Apps.state(device, APP)).as("what it has read goes on").isEqualTo("active");
    sh(
        "printf x | dd of=%s bs=1 seek=5000 conv=notrunc status=none"
            .formatted(good.stored(".verity")));

    // Both are made anew, and the app is started from them.
    agent.run(APP, good.spec(good.rootHash(), ", drift: {mode: Correct}"));
    Apps.awaitNoDrift(agent, APP);
    assertThat(attested()).containsPattern(enforced(good));
    String read = "cat /proc/%s/root/srv/noise | wc -c".formatted(Apps.pid(device, APP));
    assertThat(sh(read)).isEqualTo(Integer.toString(NOISE));
  }

  private String attested() {
    return agent.cli("attest " + APP + " -o wide").stdout();
  }

  private static String enforced(Built built) {
    return "RootHash +" + built.rootHash() + " +as declared +.*dm-verity at /.* +Enforced";
  }

  private String sh(String script) {
    return device
        .exec(EmulatedAgent.SOON, "sh", "-ec", script.replace("%s", Apps.pid(device, APP)))
        .orThrow();
  }

  private Built built(String name, int seed) throws Exception {
    Path root = ContainerLayout.unpacked(Workbench.images().probe().path(), folder.resolve(name));
    var noise = new byte[NOISE];
    new Random(seed).nextBytes(noise);
    Files.createDirectories(root.resolve("srv"));
    Files.write(root.resolve("srv/noise"), noise);
    Path image = folder.resolve(name + ".squashfs");
    var out = new ByteArrayOutputStream();
    int code =
        Main.run(
            new String[] {"image", "build", root.toString(), image.toString(), "--verity"},
            InputStream.nullInputStream(),
            out,
            OutputStream.nullOutputStream(),
            Map.of());
    assertThat(code).isZero();
    Matcher hash =
        Pattern.compile("rootHash: \"?([0-9a-f]{64})")
            .matcher(out.toString(StandardCharsets.UTF_8));
    assertThat(hash.find()).as(out.toString(StandardCharsets.UTF_8)).isTrue();
    byte[] content = Files.readAllBytes(image);
    return new Built(image, Sha256.of(content), hash.group(1), indexOf(content, noise));
  }

  private static int indexOf(byte[] all, byte[] noise) {
    for (int i = 0; i + 64 <= all.length; i++) {
      int same = 0;
      while (same < 64 && all[i + same] == noise[NOISE / 2 + same]) {
        same++;
      }
      if (same == 64) {
        return i;
      }
    }
    throw new AssertionError("the image is compressed");
  }
}
