package dev.sandbar.device.systemd;

import dev.sandbar.core.property.Raw;
import dev.sandbar.device.systemd.SystemdException.Kind;
import java.io.IOException;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.freedesktop.dbus.connections.IDisconnectCallback;
import org.freedesktop.dbus.connections.impl.DBusConnection;
import org.freedesktop.dbus.connections.impl.DBusConnectionBuilder;
import org.freedesktop.dbus.exceptions.DBusException;
import org.freedesktop.dbus.exceptions.DBusExecutionException;
import org.freedesktop.dbus.matchrules.DBusMatchRuleBuilder;
import org.freedesktop.dbus.messages.DBusSignal;
import org.freedesktop.dbus.messages.Error;
import org.freedesktop.dbus.messages.Message;
import org.freedesktop.dbus.messages.MethodCall;
import org.freedesktop.dbus.messages.constants.MessageTypes;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a message bus. It works on messages, not on the proxies of the D-Bus library:
 * those have one deadline for all calls, cannot send a hundred calls before the first answer, and
 * lose the name of an error.
 */
final class Bus implements AutoCloseable {

  private static final int CONNECT_TIMEOUT_MILLIS = 5_000;

  /** How often a call that waits looks whether the bus is still there. */
  private static final long LOOK_MILLIS = 250;

  /** A message that came in consists of the fixed header, the other header fields and the body. */
  private static final int BODY = 2;

  private static final byte BIG_ENDIAN = 'B';

  private static final String BUS = "org.freedesktop.DBus";

  private static final long OWNER_PAUSE_NANOS = 20_000_000L;

  /** What the bus itself answers for a service that has left it; Debian's starts /bin/false. */
  private static final Set<String> AWAY =
      Set.of(
          "org.freedesktop.DBus.Error.NoReply",
          "org.freedesktop.DBus.Error.ServiceUnknown",
          "org.freedesktop.DBus.Error.NameHasNoOwner",
          "org.freedesktop.DBus.Error.Spawn.ChildExited");

  /**
   * What the names of errors begin with that did not come over the bus: the library names them
   * after exceptions, its own and those of the socket, and answers calls with them when a
   * connection ends, before it says that it is not connected.
   */
  private static final List<String> LIBRARY_ERRORS = List.of("org.freedesktop.dbus.", "java.");

  private final DBusConnection connection;

  private Bus(DBusConnection connection) {
    this.connection = connection;
  }

  /**
   * Connects.
   *
   * @param disconnected called once when the bus hangs up; not after {@link #close}
   */
  static Bus connect(String address, Runnable disconnected) {
    try {
      DBusConnection connection =
          DBusConnectionBuilder.forAddress(address)
              .withShared(false)
              .withDisconnectCallback(
                  new IDisconnectCallback() {
                    @Override
                    public void disconnectOnError(IOException e) {
                      disconnected.run();
                    }
                  })
              .withUnknownSignalHandler(_ -> {})
              .transportConfig()
              .withTimeout(CONNECT_TIMEOUT_MILLIS)
              .back()
              .build();
      return new Bus(connection);
    } catch (DBusException | DBusExecutionException e) {
      throw new SystemdException(
          Kind.UNAVAILABLE,
          "cannot connect to the message bus at " + address + ": " + rootMessage(e),
          e);
    }
  }

  /**
   * A call that was sent and not yet answered.
   *
   * @param again sends it once more
   */
  record Pending(MethodCall call, String what, Supplier<Pending> again) {}

  /** Sends a call without waiting for the answer. */
  Pending send(
      String destination,
      String path,
      String face,
      String member,
      String signature,
      Object... arguments) {
    String what = member + describe(arguments);
    if (!connection.isConnected()) {
      throw gone(what, null);
    }
    try {
      MethodCall call =
          connection
              .getMessageFactory()
              .createMethodCall(
                  destination,
                  path,
                  face,
                  member,
                  (byte) 0,
                  signature.isEmpty() ? null : signature,
                  arguments);
      connection.sendMessage(call);
      return new Pending(
          call, what, () -> send(destination, path, face, member, signature, arguments));
    } catch (DBusException | DBusExecutionException | RejectedExecutionException e) {
      // The library's own threads end before it says that it is disconnected.
      throw gone(what, e);
    }
  }

  /** Waits for the answer and returns its values. */
  List<Raw> await(Pending pending, Duration deadline) {
    return await(pending, deadline, WireReader::read);
  }

  /** Makes something of the body of a message. */
  interface Reading<T> {
    /**
     * Reads.
     *
     * @throws IllegalArgumentException if the body is not what it should be
     */
    T read(String signature, byte[] body, ByteOrder order);
  }

  /** Waits for the answer and returns what is read from it. */
  <T> T await(Pending pending, Duration deadline, Reading<T> reading) {
    return read(pending, reply(pending, deadline), deadline, reading);
  }

  /**
   * The same for a call that does no harm when it is made twice. systemd leaves the bus for a
   * moment when it executes itself anew, as an upgrade of its package makes it do; what it was
   * asked then nobody answers, and it is asked again.
   */
  <T> T awaitRepeated(Pending pending, Duration deadline, Reading<T> reading) {
    long end = System.nanoTime() + deadline.toNanos();
    Pending asked = pending;
    Message reply = reply(asked, deadline);
    while (reply instanceof Error error
        && AWAY.contains(error.getName())
        && awaitOwner(asked.call().getDestination(), end)) {
      asked = asked.again().get();
      reply = reply(asked, left(end));
    }
    return read(asked, reply, deadline, reading);
  }

  /** The same, and returns the values of the answer. */
  List<Raw> awaitRepeated(Pending pending, Duration deadline) {
    return awaitRepeated(pending, deadline, WireReader::read);
  }

  /** Whether somebody has this name on the bus before the time ends. */
  private boolean awaitOwner(String name, long end) {
    while (connection.isConnected() && !left(end).isZero()) {
      Pending question = send(BUS, "/org/freedesktop/DBus", BUS, "NameHasOwner", "s", name);
      if (await(question, left(end)).equals(List.of(new Raw.Bool(true)))) {
        return true;
      }
      LockSupport.parkNanos(OWNER_PAUSE_NANOS);
      if (Thread.currentThread().isInterrupted()) {
        return false;
      }
    }
    return false;
  }

  private static Duration left(long end) {
    return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
  }

  private <T> T read(
      Pending pending, @Nullable Message reply, Duration deadline, Reading<T> reading) {
    if (reply == null) {
      if (!connection.isConnected()) {
        throw gone(pending.what(), null);
      }
      throw new SystemdException(
          Kind.UNAVAILABLE,
          "no answer to " + pending.what() + " within " + deadline.toMillis() + " ms",
          null);
    }
    if (reply instanceof Error error) {
      // The library answers calls of a lost connection itself, with an error of its own.
      throw connection.isConnected() ? refused(pending.what(), error) : gone(pending.what(), null);
    }
    try {
      return read(reply, reading);
    } catch (IllegalArgumentException e) {
      throw new SystemdException(
          Kind.REFUSED, "unreadable answer to " + pending.what() + ": " + e.getMessage(), e);
    }
  }

  /**
   * The answer, or null. A call that was sent while the bus died is never answered, and the library
   * does not say so.
   */
  private @Nullable Message reply(Pending pending, Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    Message reply = null;
    long left = Math.max(1, deadline.toMillis());
    while (reply == null && left > 0) {
      reply = pending.call().getReply(Math.min(left, LOOK_MILLIS));
      left = connection.isConnected() ? (end - System.nanoTime()) / 1_000_000 : 0;
    }
    return reply;
  }

  /** The values of a message that came in. */
  static List<Raw> values(Message message) {
    return read(message, WireReader::read);
  }

  private static <T> T read(Message message, Reading<T> reading) {
    byte[][] parts = message.getWireData();
    String signature = message.getSig();
    boolean empty = signature == null || signature.isEmpty() || parts.length <= BODY;
    ByteOrder order =
        message.getEndianess() == BIG_ENDIAN ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    return reading.read(empty ? "" : signature, empty ? new byte[0] : parts[BODY], order);
  }

  /**
   * Calls the handler for every signal of this interface and member below the path. The handler
   * must check the sender itself: the library does not match signals against a well-known name.
   */
  void onSignal(String pathNamespace, String face, String member, Consumer<DBusSignal> handler) {
    try {
      var rule =
          DBusMatchRuleBuilder.create()
              .withType(MessageTypes.SIGNAL)
              .withInterface(face)
              .withMember(member)
              .withPathNamespace(pathNamespace)
              .build();
      connection.addGenericSigHandler(rule, handler::accept);
    } catch (DBusException | DBusExecutionException | RejectedExecutionException e) {
      throw gone("AddMatch(" + member + ")", e);
    }
  }

  boolean isConnected() {
    return connection.isConnected();
  }

  @Override
  public void close() {
    connection.disconnect();
  }

  private static SystemdException refused(String what, Error error) {
    String name = error.getName();
    if (ofLibrary(name)) {
      // Without a body.
      return gone(what, null);
    }
    String text = text(error);
    Kind kind = kind(name);
    String help = kind == Kind.ACCESS_DENIED ? "; " + OwnRights.help() : "";
    return new SystemdException(
        kind, what + " failed: " + (text.isEmpty() ? name : text) + help, null);
  }

  private static boolean ofLibrary(String error) {
    return LIBRARY_ERRORS.stream().anyMatch(error::startsWith);
  }

  private static String text(Error error) {
    try {
      List<Raw> values = values(error);
      return !values.isEmpty() && values.getFirst() instanceof Raw.Str(String said) ? said : "";
    } catch (IllegalArgumentException e) {
      // The library itself makes errors when a connection ends, and some of them hold no message.
      return "";
    }
  }

  static Kind kind(String error) {
    return switch (error) {
      case "org.freedesktop.systemd1.NoSuchUnit",
          "org.freedesktop.DBus.Error.UnknownObject",
          "org.freedesktop.DBus.Error.FileNotFound" ->
          Kind.NO_SUCH_UNIT;
      case "org.freedesktop.DBus.Error.AccessDenied",
          "org.freedesktop.DBus.Error.AuthFailed",
          "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
          "System.Error.EACCES",
          "System.Error.EPERM" ->
          Kind.ACCESS_DENIED;
      case "org.freedesktop.DBus.Error.NoReply",
          "org.freedesktop.DBus.Error.Timeout",
          "org.freedesktop.DBus.Error.TimedOut",
          "org.freedesktop.DBus.Error.Disconnected",
          "org.freedesktop.DBus.Error.ServiceUnknown",
          "org.freedesktop.DBus.Error.NameHasNoOwner",
          "org.freedesktop.DBus.Error.NoServer",
          "org.freedesktop.DBus.Error.LimitsExceeded",
          "org.freedesktop.systemd1.ShuttingDown" ->
          Kind.UNAVAILABLE;
      default -> Kind.REFUSED;
    };
  }

  private static SystemdException gone(String what, @Nullable Throwable e) {
    return new SystemdException(
        Kind.UNAVAILABLE, "the message bus is gone; " + what + " was not done", e);
  }

  /** The first argument says which unit; the others are not worth a line of a log. */
  private static String describe(Object[] arguments) {
    return switch (arguments.length == 0 ? "" : arguments[0]) {
      case String text -> "(" + text + ")";
      case Object[] list ->
          "(" + String.join(", ", Arrays.copyOf(list, list.length, String[].class)) + ")";
      default -> "()";
    };
  }

  private static String rootMessage(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }
}
