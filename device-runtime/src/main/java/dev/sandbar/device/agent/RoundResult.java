package dev.sandbar.device.agent;

import dev.sandbar.core.model.AppName;
import dev.sandbar.core.model.UnitName;
import dev.sandbar.core.plan.Difference;
import dev.sandbar.core.plan.IgnoredDifference;
import dev.sandbar.core.plan.Observation;
import dev.sandbar.core.plan.Plan;
import dev.sandbar.core.report.DirectiveCounts;
import dev.sandbar.core.report.Readiness;
import dev.sandbar.device.apply.Outcome;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;

/**
 * What one round of the loop saw and did.
 *
 * @param targets of every app, also those that were not looked at
 * @param seen the last look, after the plan
 * @param found differences before the plan, of every unit that was looked at; empty lists included
 * @param remaining differences after the plan, likewise
 * @param drifted units whose differences in {@code found} the device caused, not the source
 * @param busy units of which something goes on, with what it is; nothing else is known of them
 * @param heldBack apps that the source no longer declares and that stay
 * @param heldBackWhy why they stay; empty if none does
 * @param directives how those of the units that were looked at hold
 * @param exposures levels that systemd-analyze security gives them, as they are declared
 * @param ignored their differences that rules of their specs ignore, after the plan
 * @param readiness what checks have shown of those that are asked whether they are ready
 * @param foreign apps whose name a unit of others has, with its path
 * @param refused services of the device that apps confine and that cannot be confined, with the
 *     reason
 * @param suspended apps that are left as they are, with what is not done because of it; empty if
 *     nothing is
 */
record RoundResult(
    SortedMap<AppName, Target> targets,
    Observation seen,
    SortedMap<UnitName, List<Difference>> found,
    SortedMap<UnitName, List<Difference>> remaining,
    SortedSet<UnitName> drifted,
    Plan plan,
    SortedMap<UnitName, Outcome> outcomes,
    SortedMap<UnitName, String> busy,
    SortedSet<AppName> heldBack,
    String heldBackWhy,
    SortedMap<UnitName, DirectiveCounts> directives,
    SortedMap<UnitName, String> exposures,
    SortedMap<UnitName, List<IgnoredDifference>> ignored,
    SortedMap<UnitName, Readiness> readiness,
    SortedMap<UnitName, String> foreign,
    SortedMap<UnitName, String> refused,
    SortedMap<AppName, String> suspended) {}
