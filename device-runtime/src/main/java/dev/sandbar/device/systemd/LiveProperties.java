package dev.sandbar.device.systemd;

import java.util.Map;

/**
 * The properties that systemd takes for a running unit (SetUnitProperties of
 * org.freedesktop.systemd1(5)), with their D-Bus types. Everything else needs a restart.
 */
final class LiveProperties {

  static final Map<String, String> SIGNATURES =
      Map.ofEntries(
          Map.entry("IPAddressAllow", "a(iayu)"),
          Map.entry("IPAddressDeny", "a(iayu)"),
          Map.entry("SocketBindAllow", "a(iiqq)"),
          Map.entry("SocketBindDeny", "a(iiqq)"),
          Map.entry("DeviceAllow", "a(ss)"),
          Map.entry("DevicePolicy", "s"),
          Map.entry("RestrictNetworkInterfaces", "(bas)"),
          Map.entry("IPAccounting", "b"),
          Map.entry("MemoryAccounting", "b"),
          Map.entry("TasksAccounting", "b"),
          Map.entry("CPUAccounting", "b"),
          Map.entry("IOAccounting", "b"),
          Map.entry("MemoryMin", "t"),
          Map.entry("MemoryLow", "t"),
          Map.entry("MemoryHigh", "t"),
          Map.entry("MemoryMax", "t"),
          Map.entry("MemorySwapMax", "t"),
          Map.entry("TasksMax", "t"),
          Map.entry("CPUQuotaPerSecUSec", "t"),
          Map.entry("CPUQuotaPeriodUSec", "t"),
          Map.entry("CPUWeight", "t"),
          Map.entry("IOWeight", "t"));

  private LiveProperties() {}
}
