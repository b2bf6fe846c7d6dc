package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** When updates may interrupt an app. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record AppSandboxMaintenance(
    @JsonPropertyDescription(
            "Windows in which an update may restart the app. If omitted, it always may.")
        List<Window> apply,
    @JsonPropertyDescription(
            "Windows in which the image of an update may be fetched over a network. If omitted, it"
                + " always may.")
        List<Window> download,
    @JsonPropertyDescription(
            "The time zone of the windows, a name of the IANA database such as Europe/Berlin. UTC if"
                + " omitted.")
        @Nullable String timeZone,
    @JsonPropertyDescription(
            "How long an update waits for the app at most, such as 7d. After that it waits only for"
                + " the windows of the device. If omitted, there is no limit.")
        @Nullable String maxDefer,
    @JsonPropertyDescription(
            "Whether an update that restarts the app waits while the app says that it is busy: while"
                + " $STATE_DIRECTORY/busy is there, for maxDefer at most, or a day if that is omitted."
                + " Needs permissions.state: true.")
        @Nullable Boolean busyFile,
    @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
  public AppSandboxMaintenance {
    apply = Absent.asEmpty(apply);
    download = Absent.asEmpty(download);
    others = Absent.asEmpty(others);
  }

  /** A time in which an update may be applied. */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Window(
      @Required
          @JsonPropertyDescription(
              "When the window opens: five fields as in the schedule of a CronJob, such as \"0 2 * * *\""
                  + " for every day at 02:00, or @daily and its like.")
          String at,
      @Required
          @JsonProperty("for")
          @JsonPropertyDescription("How long it is open, at most 7d, such as 90m, 2h or 1d.")
          String length,
      @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
    public Window {
      others = Absent.asEmpty(others);
    }
  }
}
