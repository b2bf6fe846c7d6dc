package dev.sandbar.core.catalog;

import dev.sandbar.core.catalog.PermissionCatalog.Entry;
import dev.sandbar.core.model.Permission;
import java.util.List;

/** The rows of {@link PermissionCatalog} whose nodes {@link Hardware} names. */
final class HardwareRows {

  static final List<Entry> ALL =
      List.of(
          hardware(
              Permission.CAMERA,
              "Cameras",
              "Use the cameras and other video devices that are /dev/video0 to /dev/video9.",
              "Media controllers and other numbers are asked for with devices."),
          hardware(
              Permission.GPU,
              "Graphics processor",
              "Draw and compute on the graphics processors and set the modes of screens"
                  + " (/dev/dri).",
              "Drivers that compile programs for it need jit too. A folder that comes while the app"
                  + " runs is seen from its next start on."),
          hardware(
              Permission.AUDIO,
              "Sound",
              "Play and record sound on every sound card (/dev/snd).",
              "It records as well as it plays. A folder that comes while the app runs is seen from"
                  + " its next start on."),
          hardware(
              Permission.TPM,
              "TPM",
              "Use the keys and counters of the TPM 2.0 through the kernel's resource manager"
                  + " (/dev/tpmrm0).",
              "Keys of the device without a password or policy can be used too."),
          hardware(
              Permission.HARDWARE_RANDOM,
              "Hardware random numbers",
              "Read the hardware random number generator (/dev/hwrng); getrandom needs no"
                  + " permission.",
              "Only root can read it on most devices, until a udev rule gives it a group."),
          hardware(
              Permission.GPIO,
              "GPIO lines",
              "Read and drive the lines of the GPIO chips that are /dev/gpiochip0 to"
                  + " /dev/gpiochip15.",
              "Lines that the board itself uses, and no driver holds, can be driven too. Only root"
                  + " can open the chips until a udev rule gives them a group."),
          hardware(
              Permission.I2C,
              "I2C buses",
              "Talk to the chips on the I2C buses that are /dev/i2c-0 to /dev/i2c-23.",
              "Chips of the board itself, such as its power supply, are on such buses too."),
          hardware(
              Permission.SPI,
              "SPI buses",
              "Talk to the chips on SPI buses 0 to 10 with chip select 0 or 1, such as"
                  + " /dev/spidev0.0.",
              "Only root can open them until a udev rule gives them a group. Other numbers are"
                  + " asked for with devices."));

  private HardwareRows() {}

  private static Entry hardware(Permission permission, String title, String opens, String limit) {
    return new Entry(
        permission,
        title,
        opens,
        "No hardware devices.",
        Grant.devices(Hardware.nodes(permission)),
        Ceiling.noDevices(),
        limit);
  }
}
