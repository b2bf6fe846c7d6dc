package dev.sandbar.core.compile;

import static dev.sandbar.core.compile.CompilerTest.RUN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.model.FlowText;
import dev.sandbar.core.property.Value;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Images of which the kernel checks each block. */
class VerityLinesTest {

  private static final String DIGEST = "a".repeat(64);
  private static final String ROOT_HASH = "b".repeat(64);
  private static final String PLAIN = "{%s, image: {path: /srv/p, sha256: %s}}";
  private static final String CHECKED = "{%s, image: {path: /srv/p, sha256: %s, rootHash: %s}}";

  private static String text(String spec) {
    return switch (Compiler.compile(FlowText.read("pump", spec), TestDevice.with(257))) {
      case Compilation.Compiled(var app, _) -> app.text();
      case Compilation.Rejected rejected -> throw new AssertionError(rejected.errors());
    };
  }

  /** Without the policy systemd would mount an image without a tree as it is. */
  @Test
  void aRootHashNeverStandsWithoutThePolicy() {
    assertThat(text(CHECKED.formatted(RUN, DIGEST, ROOT_HASH)).lines())
        .contains(
            "RootVerity=/var/lib/sandbar/images/sha256-" + DIGEST + ".verity",
            "RootHash=" + ROOT_HASH,
            "RootImagePolicy=root=verity");
    assertThat(text(PLAIN.formatted(RUN, DIGEST)))
        .doesNotContain("RootVerity", "RootHash", "RootImagePolicy");
  }

  @Test
  void isRefusedWhereTheKernelCannotCheck() {
    String spec = CHECKED.formatted(RUN, DIGEST, ROOT_HASH);
    assertThat(CompilerTest.errors(spec, TestDevice.without(Feature.IMAGE_VERITY)))
        .singleElement()
        .satisfies(
            it -> {
              assertThat(it.message()).contains("dm-verity for root images");
              assertThat(it.help()).contains("remove image.rootHash");
            });
    assertThat(
            Compiler.compile(
                FlowText.read("pump", PLAIN.formatted(RUN, DIGEST)),
                TestDevice.without(Feature.IMAGE_VERITY)))
        .isInstanceOf(Compilation.Compiled.class);
  }

  /** Nobody opens it from below: neither a directive of the spec nor one of its raw walls. */
  @Test
  void noDirectiveTakesItBack() {
    for (String directive : List.of("RootImagePolicy: '*'", "RootHash: ''")) {
      String spec =
          CHECKED
              .formatted(RUN, DIGEST, ROOT_HASH)
              .replaceFirst("}$", ", directives: {%s}}".formatted(directive));
      assertThat(CompilerTest.errors(spec, TestDevice.with(257))).as(directive).isNotEmpty();
    }
  }

  /** systemd would wait in it for udev until the start times out. */
  @Test
  void thereIsNoIpcInsteadOfANamespaceForIt() {
    for (String mode : List.of("", ", mode: Open, directives: {PrivateIPC: yes}")) {
      String spec = CHECKED.formatted(RUN, DIGEST, ROOT_HASH).replaceFirst("}$", mode + "}");
      CompiledApp app = CompilerTest.compiled(spec, TestDevice.with(262));
      assertThat(CompilerTest.values(app, "PrivateIPC")).isEmpty();
      assertThat(CompilerTest.values(app, "InaccessiblePaths")).contains("-/dev/mqueue");
      assertThat(app.heldByFilter().get("PrivateIPC"))
          .contains("mq_open", "msgget", "semget", "shmget", "shmat");
      assertThat(app.effective().get("SystemCallFilter"))
          .isInstanceOfSatisfying(
              Value.Filter.class,
              filter ->
                  assertThat(app.heldByFilter().get("PrivateIPC"))
                      .allMatch(call -> filter.names().contains(call) != filter.allow()));
    }
    assertThat(text(PLAIN.formatted(RUN, DIGEST)).lines()).contains("PrivateIPC=yes");
    String opened =
        CHECKED
            .formatted(RUN, DIGEST, ROOT_HASH)
            .replaceFirst(
                "}$",
                ", raw: [{directive: PrivateIPC, value: no, reason: asked for by this test}]}");
    assertThat(text(opened).lines())
        .contains("PrivateIPC=no")
        .doesNotContain("InaccessiblePaths=-/dev/mqueue");
  }

  @Test
  void nobodyIsLeftToWonderWhereItsIpcIs() {
    for (String asked :
        List.of("systemCalls: {allow: [shmget]}", "systemCalls: {allow: [\"@ipc\"]}")) {
      String spec =
          CHECKED.formatted(RUN, DIGEST, ROOT_HASH).replaceFirst("}$", ", " + asked + "}");
      assertThat(CompilerTest.errors(spec, TestDevice.with(257)))
          .as(asked)
          .anySatisfy(
              it -> {
                assertThat(it.message()).contains("an app with image.rootHash cannot have");
                assertThat(it.help()).contains("remove it, or image.rootHash");
              });
    }
  }

  /** Those calls are no wall that an entry could open. */
  @Test
  void noRawEntryBringsThemBack() {
    String raw =
        ", raw: [{directive: SystemCallFilter, value: mq_open, reason: asked for by this test}]}";
    String spec = CHECKED.formatted(RUN, DIGEST, ROOT_HASH).replaceFirst("}$", raw);
    assertThat(CompilerTest.errors(spec, TestDevice.with(257)))
        .singleElement()
        .satisfies(it -> assertThat(it.message()).contains("mq_open"));
  }

  /** Where nothing is taken away, asking for it is no error. */
  @Test
  void whoHasTheIpcOfTheDeviceMayNameItsCalls() {
    for (String open :
        List.of(
            "mode: Open, systemCalls: {allow: [shmget]}",
            "systemCalls: {allow: [shmget]},"
                + " raw: [{directive: PrivateIPC, value: no, reason: asked for by this test}]")) {
      String spec = CHECKED.formatted(RUN, DIGEST, ROOT_HASH).replaceFirst("}$", ", " + open + "}");
      CompiledApp app = CompilerTest.compiled(spec, TestDevice.with(257));
      assertThat(app.heldByFilter()).as(open).doesNotContainKey("PrivateIPC");
      assertThat(app.effective().get("SystemCallFilter"))
          .as(open)
          .satisfiesAnyOf(
              it -> assertThat(it).isNull(),
              it ->
                  assertThat(((Value.Filter) it).names().contains("shmget"))
                      .isEqualTo(((Value.Filter) it).allow()));
    }
  }
}
