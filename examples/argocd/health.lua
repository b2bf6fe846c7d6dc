-- Health of AppSandboxes, Devices and GitSources in Argo CD: see README.md beside this file.
local function condition(kind)
  for _, found in ipairs((obj.status or {}).conditions or {}) do
    if found.type == kind then
      return found
    end
  end
  return {}
end

local ready = condition("Ready")
local stalled = condition("Stalled")
local spec = obj.spec or {}

if ready.status == nil or (obj.status or {}).observedGeneration ~= obj.metadata.generation then
  return {
    status = "Progressing",
    message = "the operator has not seen generation " .. tostring(obj.metadata.generation) .. " yet",
  }
end

local message = tostring(ready.reason) .. ": " .. tostring(ready.message)
if stalled.status == "True" then
  return { status = "Degraded", message = tostring(stalled.reason) .. ": " .. tostring(stalled.message) }
end
if spec.suspend == true then
  return { status = "Suspended", message = message }
end
if ready.status == "True" then
  return { status = "Healthy", message = message }
end
-- A newer version waits for a person, or a Device for its owner.
if ready.reason == "Held" or ready.reason == "AwaitingApproval" then
  return { status = "Suspended", message = message }
end
if ready.status == "False" then
  return { status = "Degraded", message = message }
end
return { status = "Progressing", message = message }
