package dev.sandbar.device.agent;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sandbar.core.bind.NodeBinder;
import dev.sandbar.core.bundle.BundleStatus;
import dev.sandbar.core.bundle.ReportedFacts;
import dev.sandbar.core.bundle.TableDigest;
import dev.sandbar.core.compile.DeviceFacts;
import dev.sandbar.core.compile.ReferenceDevice;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.property.Syscalls;
import dev.sandbar.source.age.AgeException;
import dev.sandbar.source.age.AgeRecipient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FactsReportTest {
  private static final BundleStatus STATUS =
      new BundleStatus(1, "d", "now", new TreeMap<>(), List.of(), false);

  private final List<Node> reports = new ArrayList<>();
  private final FactsReport facts = new FactsReport("1.0", reports::add);

  @BeforeEach
  void noRecipient() {
    facts.recipient(null);
  }

  private ReportedFacts last() {
    return NodeBinder.readLenient(ReportedFacts.class, reports.getLast());
  }

  private Node withTable() {
    return NodeBinder.write(facts.in(STATUS));
  }

  private String table() {
    return facts.in(STATUS).systemCalls();
  }

  @Test
  void theTableStandsInTheFactsUntilTheBundleHasIt() {
    facts.probed(ReferenceDevice.facts());
    assertThat(reports).as("whether there is a bundle is not known").isEmpty();
    facts.noBundle();
    assertThat(last().systemCalls()).isEqualTo(table()).hasSizeGreaterThan(1_000);
    facts.stored(Node.mapping(List.of()));
    assertThat(last().systemCalls()).isEqualTo(table());
    facts.stored(withTable());
    assertThat(last().systemCalls()).isEqualTo(TableDigest.of(table())).hasSize(71);
    facts.noBundle();
    assertThat(last().systemCalls()).as("it was deleted").isEqualTo(table());
  }

  @Test
  void anAgentThatStartsAgainWritesNoTable() {
    facts.probed(ReferenceDevice.facts());
    Node status = withTable();
    var next = new FactsReport("1.0", reports::add);
    next.recipient(null);
    next.stored(status);
    assertThat(reports).as("the device has not been probed").isEmpty();
    next.probed(ReferenceDevice.facts());
    assertThat(reports).hasSize(1);
    assertThat(last().systemCalls()).isEqualTo(TableDigest.of(table()));
  }

  /** It would be taken away, and put back, by each start. */
  @Test
  void nothingIsReportedBeforeTheRecipientIsKnown() throws AgeException {
    var next = new FactsReport("1.0", reports::add);
    next.noBundle();
    next.probed(ReferenceDevice.facts());
    assertThat(reports).isEmpty();
    AgeRecipient recipient =
        AgeRecipient.of("age1dr0ensuhgux0ha5p0tf9u6cq544c9xkn9udgz9xqht4878v7gq3sfx5eha");
    next.recipient(recipient);
    assertThat(last().recipient()).isEqualTo(recipient.text());
    next.recipient(null);
    assertThat(last().recipient()).isNull();
    assertThat(reports.getLast().fields()).doesNotContainKey("recipient");
  }

  @Test
  void aServerThatDropsTheTableIsGivenItInTheFacts() {
    facts.stored(NodeBinder.write(STATUS));
    facts.probed(ReferenceDevice.facts());
    facts.stored(NodeBinder.write(STATUS));
    assertThat(reports).allMatch(reports.getFirst()::equals);
    assertThat(last().systemCalls()).isEqualTo(table());
    // Its schema is new.
    facts.stored(withTable());
    assertThat(last().systemCalls()).isEqualTo(TableDigest.of(table()));
  }

  @Test
  void anotherSystemdHasAnotherTable() {
    facts.probed(ReferenceDevice.facts());
    facts.stored(withTable());
    String before = table();
    DeviceFacts newer =
        new DeviceFacts(
            999,
            "6",
            "x86-64",
            ReferenceDevice.facts().features(),
            new Syscalls(new TreeMap<>(), ReferenceDevice.facts().knownSyscalls()),
            new TreeMap<>(),
            new TreeMap<>(Map.of()));
    facts.probed(newer);
    assertThat(table()).isNotEqualTo(before);
    assertThat(last().systemCalls()).isEqualTo(table());
    facts.stored(withTable());
    assertThat(last().systemCalls()).isEqualTo(TableDigest.of(table()));
    assertThat(last().systemd()).isEqualTo(999);
  }

  /** What is told goes to a sender that takes locks of its own. */
  @Test
  void nothingIsToldUnderALock() {
    var held = new AtomicBoolean();
    var reports = new AtomicReference<FactsReport>();
    reports.set(
        new FactsReport("1", _ -> held.compareAndSet(false, Thread.holdsLock(reports.get()))));
    reports.get().noBundle();
    reports.get().recipient(null);
    reports.get().probed(ReferenceDevice.facts());
    assertThat(held).isFalse();
  }
}
