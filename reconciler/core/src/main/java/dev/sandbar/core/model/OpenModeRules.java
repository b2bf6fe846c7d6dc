package dev.sandbar.core.model;

import dev.sandbar.core.model.Permissions.Request;
import dev.sandbar.core.model.Permissions.Value;
import java.util.List;

/**
 * What cannot be granted or withheld where everything is open that nothing withholds: to an app in
 * open mode, and to a service of the device in either mode.
 *
 * @param adopts whether the spec confines a service of the device
 * @param found where what is wrong goes
 */
record OpenModeRules(boolean adopts, List<Diagnostic> found) {

  private static final String CLOSE = "use mode: Closed, or remove the line";

  private static final String LEAVE =
      "remove the line; in mode: Open a service keeps what the spec does not withhold by name";

  void check(Permissions permissions) {
    permissions.requests().forEach(this::check);
  }

  private void check(Permission permission, Request request) {
    if (request.value() instanceof Value.Withheld) {
      if (!permission.canBeWithheldInOpenMode()) {
        conflict(
            request,
            permission.key()
                + (adopts
                    ? " cannot be withheld from a service that run.unit confines"
                    : " cannot be withheld from an app in open mode, which is root"),
            adopts ? "remove the line" : "remove the line, or use mode: Closed");
      }
      return;
    }
    String instead = insteadOf(permission, request.value());
    if (instead.isEmpty()) {
      return;
    }
    String key = permission.key() + (request.value() instanceof Value.Limited ? ".quota" : "");
    if (adopts) {
      conflict(
          request,
          key + " is for a program of the app's own, and run.unit gives the service nothing",
          LEAVE);
    } else {
      conflict(
          request,
          key + " is for apps in closed mode: one in open mode is root, and " + instead,
          CLOSE);
    }
  }

  /** What an app in open mode does without the permission; empty if it may have it all the same. */
  private static String insteadOf(Permission permission, Value value) {
    return switch (value) {
      case Value.Granted _ ->
          permission == Permission.BLUETOOTH
              ? "reaches the whole system bus"
              : BrokeredVerb.of(permission).isPresent() || permission == Permission.RAW_NETWORK
                  ? "does it itself"
                  : "";
      case Value.BusNames _ -> "reaches the whole system bus";
      case Value.Apps _ -> "reaches the sockets of every app";
      case Value.Limited _ -> "no quota holds root";
      case Value.Settings _, Value.Modules _, Value.Units _ -> "does it itself";
      case Value.Volumes _ -> permission == Permission.MOUNTS ? "does it itself" : "";
      case Value.Withheld _,
          Value.Ports _,
          Value.Destinations _,
          Value.Devices _,
          Value.Namespace _ ->
          "";
    };
  }

  private void conflict(Request request, String message, String help) {
    found.add(PermissionRules.conflict(request, message, help));
  }
}
