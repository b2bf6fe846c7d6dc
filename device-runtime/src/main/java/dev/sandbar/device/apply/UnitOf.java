package dev.sandbar.device.apply;

import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.plan.Plan.Step;
import java.util.Optional;

/** Whose step it is. */
final class UnitOf {

  private UnitOf() {}

  /** The unit; empty for a step that concerns all. */
  static Optional<UnitName> step(Step step) {
    return switch (step) {
      case Plan.JobStep s -> Optional.of(s.unit());
      case Plan.LongStep s -> Optional.of(UnitName.own(s.app()));
      case Plan.StoreFile s -> Optional.of(s.unit());
      case Plan.StoreSecret s -> Optional.of(s.unit());
      case Plan.Write s -> Optional.of(s.unit());
      case Plan.Remove s -> Optional.of(s.unit());
      case Plan.Enable s -> Optional.of(s.unit());
      case Plan.Disable s -> Optional.of(s.unit());
      case Plan.LiveSet s -> Optional.of(s.unit());
      case Plan.Hide s -> Optional.of(s.unit());
      case Plan.SwapFiles s -> Optional.of(s.unit());
      case Plan.LoadRules s -> Optional.of(s.unit());
      case Plan.SetKernel s -> Optional.of(s.unit());
      case Plan.EndProxy s -> Optional.of(s.unit());
      case Plan.StartTimer s -> Optional.of(s.unit());
      case Plan.StopTimer s -> Optional.of(s.unit());
      case Plan.Thaw s -> Optional.of(s.unit());
      case Plan.Reload _, Plan.RemoveImage _, Plan.RemoveFile _ -> Optional.empty();
    };
  }
}
