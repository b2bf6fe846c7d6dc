package dev.sandbar.cli.document;

import dev.sandbar.core.model.AppFile;
import dev.sandbar.core.model.Node;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.plan.Plan.Step;
import java.util.List;
import java.util.Locale;

/** Steps and differences as documents. */
public final class PlanDocument {
  private PlanDocument() {}

  /** The steps, in the order of execution. */
  public static Node steps(List<Step> steps) {
    return Node.list(steps.stream().map(PlanDocument::step).toList());
  }

  /** Differences, as they were found. */
  public static Node differences(List<Difference> differences) {
    return Node.list(differences.stream().map(PlanDocument::difference).toList());
  }

  /** One difference. */
  public static Node difference(Difference difference) {
    return new MappingBuilder()
        .put("unit", difference.unit().value())
        .put("layer", word(difference.layer()))
        .put("subject", difference.subject().toString())
        .put("declared", difference.declared())
        .put("observed", difference.observed())
        .build();
  }

  private static Node step(Step step) {
    var builder = new MappingBuilder().put("step", name(step));
    switch (step) {
      case Plan.StoreImage(var app, var source, var digest, var rootHash, _) -> {
        builder.put("app", app.value()).put("source", source.shown()).put("sha256", digest.hex());
        if (!rootHash.isEmpty()) {
          builder.put("rootHash", rootHash);
        }
      }
      case Plan.StoreFile(var unit, var file, _) ->
          builder
              .put("unit", unit.value())
              .put("path", file.path())
              .put("sha256", file.digest().hex());
      case Plan.StoreSecret(var unit, var secret, _) ->
          builder
              .put("unit", unit.value())
              .put("secret", secret.name())
              .put("sealedSha256", secret.digest().hex());
      case Plan.Write(var unit, var text, _) -> builder.put("unit", unit.value()).put("text", text);
      case Plan.Remove(var unit, var path, _) ->
          builder.put("unit", unit.value()).put("path", path);
      case Plan.Reload _ -> {}
      case Plan.Enable(var unit, _) -> builder.put("unit", unit.value());
      case Plan.Disable(var unit, _) -> builder.put("unit", unit.value());
      case Plan.Start(var unit, _) -> builder.put("unit", unit.value());
      case Plan.Restart(var unit, _) -> builder.put("unit", unit.value());
      case Plan.Stop(var unit, _) -> builder.put("unit", unit.value());
      case Plan.LiveSet(var unit, var properties, _) ->
          builder.put("unit", unit.value()).texts("properties", properties);
      case Plan.Hide(var unit, var paths, _) ->
          builder.put("unit", unit.value()).texts("paths", paths);
      case Plan.SwapFiles(var unit, var files, _) ->
          builder
              .put("unit", unit.value())
              .texts("files", files.stream().map(AppFile::path).toList());
      case Plan.LoadRules(var unit, var loader, _) ->
          builder.put("unit", unit.value()).put("loader", loader.value());
      case Plan.SetKernel(var unit, var loader, _) ->
          builder.put("unit", unit.value()).put("loader", loader.value());
      case Plan.EndProxy(var unit, var proxy, _) ->
          builder.put("unit", unit.value()).put("proxy", proxy.value());
      case Plan.StartTimer(var unit, var timer, _) ->
          builder.put("unit", unit.value()).put("timer", timer.value());
      case Plan.StopTimer(var unit, var timer, _) ->
          builder.put("unit", unit.value()).put("timer", timer.value());
      case Plan.Thaw(var unit, _) -> builder.put("unit", unit.value());
      case Plan.RemoveImage(var digest, _) -> builder.put("sha256", digest.hex());
      case Plan.RemoveFile(var name, _) -> builder.put("file", name);
      case Plan.RemoveState(var app, _) -> builder.put("app", app.value());
    }
    return builder.put("impact", word(step.impact())).put("why", step.why()).build();
  }

  /** What the step is called: {@code live-set}, {@code store-image}. */
  public static String name(Step step) {
    return switch (step) {
      case Plan.StoreImage _ -> "store-image";
      case Plan.StoreFile _ -> "store-file";
      case Plan.StoreSecret _ -> "store-secret";
      case Plan.Write _ -> "write";
      case Plan.Remove _ -> "remove";
      case Plan.Reload _ -> "reload";
      case Plan.Enable _ -> "enable";
      case Plan.Disable _ -> "disable";
      case Plan.Start _ -> "start";
      case Plan.Restart _ -> "restart";
      case Plan.Stop _ -> "stop";
      case Plan.LiveSet _ -> "live-set";
      case Plan.Hide _ -> "hide";
      case Plan.SwapFiles _ -> "swap-files";
      case Plan.LoadRules _ -> "load-rules";
      case Plan.SetKernel _ -> "set-kernel";
      case Plan.EndProxy _ -> "end-proxy";
      case Plan.StartTimer _ -> "start-timer";
      case Plan.StopTimer _ -> "stop-timer";
      case Plan.Thaw _ -> "thaw";
      case Plan.RemoveImage _ -> "remove-image";
      case Plan.RemoveFile _ -> "remove-file";
      case Plan.RemoveState _ -> "remove-state";
    };
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
