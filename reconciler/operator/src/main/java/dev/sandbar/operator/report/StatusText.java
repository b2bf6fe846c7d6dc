package dev.sandbar.operator.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sandbar.core.bundle.StatusLimits;
import dev.sandbar.core.fleet.AppFold;
import dev.sandbar.core.model.SafeText;
import dev.sandbar.core.model.Sha256;
import dev.sandbar.core.model.Written;
import dev.sandbar.core.report.Condition.Status;
import dev.sandbar.core.report.Condition.Type;
import dev.sandbar.crds.v1alpha1.AppSandboxStatus;
import dev.sandbar.crds.v1alpha1.StatusCondition;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the core finds, as records of the kinds, and back. */
public final class StatusText {
  private static final KubernetesSerialization JSON =
      new KubernetesSerialization(new ObjectMapper(), false);
  private static final AppSandboxStatus NOTHING =
      new AppSandboxStatus(null, List.of(), null, List.of(), null);

  private StatusText() {}

  /** A condition; empty if its type or status is unknown here. */
  public static Optional<dev.sandbar.core.report.Condition> condition(StatusCondition written) {
    return Written.find(Type.class, written.type())
        .flatMap(
            type ->
                Written.find(Status.class, written.status())
                    .map(
                        status ->
                            new dev.sandbar.core.report.Condition(
                                type,
                                status,
                                written.reason(),
                                written.message(),
                                instant(written.lastTransitionTime()))));
  }

  /** Those of the conditions that the operator knows. */
  public static List<dev.sandbar.core.report.Condition> conditions(List<StatusCondition> written) {
    return written.stream().map(StatusText::condition).flatMap(Optional::stream).toList();
  }

  /**
   * The conditions of an object, of which several writers have their own: known types in their
   * order, then those of strangers.
   *
   * @param own types that the caller decides on; of those, one that is not fresh is gone
   * @param generation that was looked at
   */
  public static List<StatusCondition> merged(
      List<StatusCondition> before,
      Set<Type> own,
      Collection<dev.sandbar.core.report.Condition> fresh,
      @Nullable Long generation) {
    var all = new ArrayList<StatusCondition>();
    fresh.forEach(
        it ->
            all.add(
                new StatusCondition(
                    it.type().text(),
                    it.status().text(),
                    SafeText.cut(it.reason(), StatusLimits.MAX_WORD),
                    it.message(),
                    it.lastTransitionTime().toString(),
                    generation)));
    before.stream()
        .filter(it -> Written.find(Type.class, it.type()).filter(own::contains).isEmpty())
        .forEach(all::add);
    all.sort(
        Comparator.comparingInt(
            it ->
                Written.find(Type.class, it.type()).map(Type::ordinal).orElse(Integer.MAX_VALUE)));
    return List.copyOf(all);
  }

  private static Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      return Instant.EPOCH;
    }
  }

  /** A time as in a status: RFC 3339, whole seconds. */
  public static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** The status of an AppSandbox as it stands in the cluster; an empty one if it cannot be read. */
  public static AppSandboxStatus appStatus(GenericKubernetesResource app) {
    try {
      return Optional.ofNullable(app.getAdditionalProperties().get("status"))
          .map(status -> JSON.convertValue(status, AppSandboxStatus.class))
          .orElse(NOTHING);
    } catch (IllegalArgumentException e) {
      return NOTHING;
    }
  }

  /** The status that an AppSandbox should have. */
  public static AppSandboxStatus appStatus(
      long generation, String handled, AppFold.Summary summary) {
    AppFold.Counts counts = summary.counts();
    return new AppSandboxStatus(
        generation,
        merged(List.of(), Set.of(), summary.conditions(), generation),
        new AppSandboxStatus.Devices(
            counts.desired(),
            counts.updated(),
            counts.ready(),
            counts.drifted(),
            counts.unreachable(),
            counts.cannotEnforce()),
        summary.problems().stream()
            .map(
                it ->
                    new AppSandboxStatus.Problem(
                        it.reason(), it.message(), it.devices(), it.examples()))
            .toList(),
        handled.isEmpty() ? null : handled);
  }

  /** Equal for equal statuses. */
  public static String digest(AppSandboxStatus status) {
    return Sha256.of(JSON.asJson(status)).hex();
  }
}
