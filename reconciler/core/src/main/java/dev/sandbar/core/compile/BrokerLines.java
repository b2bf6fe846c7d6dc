package dev.sandbar.core.compile;

import dev.sandbar.core.model.AppSpec;
import dev.sandbar.core.model.BrokeredVerb;
import dev.sandbar.core.model.Permission;
import dev.sandbar.core.model.Permissions.Value;
import dev.sandbar.core.model.Problem;
import java.util.List;
import java.util.stream.Collectors;

/** The socket on which the agent does things for an app: its directory, and nothing else. */
final class BrokerLines {

  private static final String VARIABLE = "SANDBAR_AGENT_SOCKET";

  private BrokerLines() {}

  static void check(
      AppSpec app, boolean inNetworkOfDevice, DeviceFacts facts, Complaints complaints) {
    for (BrokeredVerb verb : BrokeredVerb.values()) {
      app.permissions()
          .get(verb.permission())
          .filter(request -> !(request.value() instanceof Value.Withheld))
          .ifPresent(
              request -> {
                String what = "permissions." + verb.permission().key();
                if (!facts.has(Feature.APP_SOCKETS)) {
                  complaints.error(
                      Problem.CANNOT_ENFORCE,
                      request.at(),
                      what + ": this device lacks " + Feature.APP_SOCKETS.title(),
                      Enforceability.help(Feature.APP_SOCKETS));
                }
                if (inNetworkOfDevice && !SocketLines.isNamed(app, Permission.UNIX_SOCKETS)) {
                  complaints.error(
                      Problem.CONFLICT, request.at(), what + SocketLines.OPENS, SocketLines.CLOSE);
                }
              });
    }
  }

  static void write(Draft draft, AppSpec app) {
    BrokerSocket.of(app).ifPresent(socket -> write(draft, socket));
  }

  private static void write(Draft draft, BrokerSocket socket) {
    String because =
        socket.verbs().stream().map(BrokeredVerb::word).collect(Collectors.joining(", "));
    EscapedText loader = EscapedText.device(SocketDirectory.loader(socket.file()));
    draft.unit("Requires", loader, because);
    draft.unit("After", loader, because);
    draft.service(
        "BindReadOnlyPaths", EscapedText.bind(socket.directory(), BrokerSocket.FOLDER), because);
    draft.service("NoExecPaths", EscapedText.paths(List.of(BrokerSocket.FOLDER)), because);
    draft.service("Environment", EscapedText.variable(VARIABLE, BrokerSocket.place()), because);
  }
}
