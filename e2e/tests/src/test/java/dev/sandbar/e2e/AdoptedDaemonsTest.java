package dev.sandbar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sandbar.core.attest.Enforcement;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.exposure.Exposure;
import dev.sandbar.core.learn.LearnedAdoption;
import dev.sandbar.core.learn.LearnedSpec;
import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.property.Canonical;
import dev.sandbar.core.property.Raw;
import dev.sandbar.device.kernel.ServiceWatch;
import dev.sandbar.device.store.UnitDirectories;
import dev.sandbar.device.systemd.DbusSystemd;
import dev.sandbar.device.systemd.Systemd.Job;
import dev.sandbar.device.systemd.Systemd.JobOutcome;
import dev.sandbar.device.systemd.Systemd.Verb;
import dev.sandbar.source.text.YamlWriter;
import dev.sandbar.vdev.Suite;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Services of Debian packages on a device: watched while a client uses them, confined by what was
 * learned, and used again.
 */
class AdoptedDaemonsTest {

  private static final String IMAGE = "/srv/images/services.squashfs";

  /**
   * A service of the device.
   *
   * @param client a script that uses it
   * @param answer what that prints
   */
  private record Service(String app, String unit, String client, String answer) {
    UnitName name() {
      return new UnitName(unit);
    }
  }

  private static final List<Service> SERVICES =
      List.of(
          new Service(
              "ssh-access",
              "ssh.service",
              "ssh -i /root/key -o StrictHostKeyChecking=no -o BatchMode=yes -o LogLevel=ERROR"
                  + " root@192.168.77.10 echo hello from afar",
              "hello from afar"),
          new Service(
              "avahi-names",
              "avahi-daemon.service",
              "busctl call org.freedesktop.Avahi / org.freedesktop.Avahi.Server GetHostName",
              "s \"bench\""),
          new Service(
              "ups-monitor", "nut-server.service", "upsc pump@127.0.0.1 battery.charge", "87"),
          new Service(
              "plant-database",
              "postgresql@17-main.service",
              "runuser -u postgres -- psql -h 127.0.0.1 -Atc 'select 6 * 7'",
              "42"));

  /** What the scripts of the packages would do, and the settings of a site. */
  private static final String INSTALL =
      """
      mount -o loop,ro %s /mnt
      for part in usr etc; do cp -an /mnt/$part/. /$part/; done
      umount /mnt
      id=900
      for user in sshd avahi nut postgres; do
        id=$((id + 1))
        echo "$user:x:$id:$id::/var/lib/$user:/bin/sh" >>/etc/passwd
        echo "$user:x:$id:" >>/etc/group
        echo "$user:!:20000::::::" >>/etc/shadow
      done
      echo netdev:x:950: >>/etc/group
      ldconfig
      echo bench >/etc/hostname; hostname bench
      ssh-keygen -q -A
      ssh-keygen -q -t ed25519 -N '' -f /root/key
      mkdir -p /root/.ssh; cp /root/key.pub /root/.ssh/authorized_keys
      printf 'UsePAM no\\nStrictModes no\\n' >/etc/ssh/sshd_config
      printf 'MODE=standalone\\n' >/etc/nut/nut.conf
      printf '[pump]\\n driver = dummy-ups\\n port = pump.dev\\n' >/etc/nut/ups.conf
      printf 'battery.charge: 87\\nups.status: OL\\n' >/etc/nut/pump.dev
      printf 'LISTEN 127.0.0.1 3493\\n' >/etc/nut/upsd.conf
      touch /etc/nut/upsd.users
      chgrp -R nut /etc/nut; chmod -R g+rX /etc/nut
      install -d -o nut -g nut -m 770 /run/nut /var/lib/nut
      install -d -o postgres -g postgres /var/lib/postgresql /var/log/postgresql /etc/postgresql
      install -d -o postgres -g postgres -m 2775 /run/postgresql
      pg_createcluster --locale C.UTF-8 17 main -- --auth=trust >/dev/null
      systemctl daemon-reload
      busctl call org.freedesktop.DBus / org.freedesktop.DBus ReloadConfig
      upsdrvctl start pump >/dev/null 2>&1
      systemctl start %s
      """;

  @SuppressWarnings("NullAway.Init")
  private static Workbench bench;

  @BeforeAll
  static void boot() throws IOException {
    bench = Workbench.boot(Suite.TRIXIE, Map.of(), "ip address add 192.168.77.10/32 dev lo");
    bench.device().put(Workbench.images().services().path(), IMAGE);
    String units = String.join(" ", SERVICES.stream().map(Service::unit).toList());
    bench.sh(INSTALL.formatted(IMAGE, units));
  }

  @AfterAll
  static void remove() throws InterruptedException {
    bench.close();
  }

  private static void awaitServed(Service service) {
    await()
        .atMost(Apps.SOON)
        .untilAsserted(
            () -> {
              var result = bench.device().exec("sh", "-c", service.client());
              assertThat(result.stdout().strip())
                  .as("%s: %s", service.unit(), result.stderr())
                  .isEqualTo(service.answer());
            });
  }

  private static LearnedSpec learned(DbusSystemd systemd, Service service) throws IOException {
    String group =
        systemd.properties(service.name()).get("ControlGroup") instanceof Raw.Str(String it)
            ? it
            : "";
    var calls = bench.facts().knownSyscalls();
    try (var watch = ServiceWatch.begin(bench.device().root(), group, calls)) {
      watch.during(
          () ->
              assertThat(systemd.run(List.of(new Job(Verb.RESTART, service.name())), Apps.SOON))
                  .allMatch(JobOutcome::done));
      awaitServed(service);
      watch.look();
      assertThat(watch.blind()).isEmpty();
      var own =
          new LearnedAdoption.ServiceLines(
              new UnitDirectories(bench.device().root()).settings(service.name()).orElseThrow(),
              bench.facts().systemdVersion());
      return LearnedAdoption.of(
          service.name(), new AppName(service.app()), own, watch.uses(), true);
    }
  }

  private static int exposure(DbusSystemd systemd, DeviceFacts facts, Service service) {
    return Exposure.of(
            Canonical.all(systemd.properties(service.name()), facts.systemdVersion()),
            facts.syscallGroups(),
            facts.knownSyscalls())
        .tenths();
  }

  @Test
  void whatWasLearnedConfinesThemAndTheirClientsAreServed() throws Exception {
    var apps = new LinkedHashMap<String, String>();
    var before = new LinkedHashMap<String, Integer>();
    try (DbusSystemd systemd = bench.connect()) {
      for (Service service : SERVICES) {
        awaitServed(service);
        before.put(service.app(), exposure(systemd, bench.facts(), service));
        LearnedSpec spec = learned(systemd, service);
        assertThat(spec.usable()).as("%s: %s", service.unit(), spec.notes()).isTrue();
        apps.put(service.app(), YamlWriter.write(spec.manifest()));
      }
    }
    served(apps, before);
    // The same services, by specs that a person wrote.
    for (Service service : SERVICES) {
      apps.put(service.app(), ExamplesTest.example(service.app()));
    }
    served(apps, before);
  }

  private static void served(Map<String, String> apps, Map<String, Integer> before)
      throws IOException {
    bench.declare(apps);
    bench.awaitApplied(apps.keySet());
    try (DbusSystemd systemd = bench.connect()) {
      for (Service service : SERVICES) {
        awaitServed(service);
        String manifest = apps.getOrDefault(service.app(), "");
        assertThat(bench.differences(service.app())).as(manifest).isEmpty();
        assertThat(bench.attested(service.app()).values())
            .as(manifest)
            .filteredOn(it -> it.result() == Enforcement.DEGRADED)
            .isEmpty();
        int after = exposure(systemd, bench.facts(), service);
        assertThat(after)
            .as("exposure level in tenths of %s with%n%s", service.unit(), manifest)
            .isLessThanOrEqualTo(45)
            .isLessThan(before.getOrDefault(service.app(), 0));
      }
    }
  }
}
