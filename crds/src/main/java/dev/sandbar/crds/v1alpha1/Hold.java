package dev.sandbar.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** That what runs stays at its version. An empty one counts too. */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Hold(
    @JsonPropertyDescription("Why, in one line; the status shows it.") @Nullable String reason,
    @JsonPropertyDescription(
            "When the hold ends by itself, a time such as 2026-12-24T18:00:00Z. If omitted, it ends"
                + " when it is removed.")
        @Nullable String until,
    @JsonAnySetter @JsonAnyGetter Map<String, JsonNode> others) {
  public Hold {
    others = Absent.asEmpty(others);
  }
}
