-- Health of Plug, Socket and DeferredResource for Argo CD.
--
-- Argo CD runs one script for each kind; this one serves all three. Put it into the ConfigMap argocd-cm three times, as
--   resource.customizations.health.integration.rock8s.com_Plug: |
--   resource.customizations.health.integration.rock8s.com_Socket: |
--   resource.customizations.health.integration.rock8s.com_DeferredResource: |
-- `deploy/argocd/argocd-cm.yaml` has it in that form.
local health = { status = "Progressing", message = "waiting for the operator" }
if obj.metadata.annotations ~= nil and obj.metadata.annotations["midplane.io/paused"] ~= nil
    and obj.metadata.annotations["midplane.io/paused"] ~= "false" then
  return { status = "Suspended", message = "paused by the annotation midplane.io/paused" }
end
if obj.status == nil or obj.status.conditions == nil then
  return health
end
if obj.status.observedGeneration ~= nil and obj.status.observedGeneration ~= obj.metadata.generation then
  health.message = "the last edit has not been looked at yet"
  return health
end
for _, condition in ipairs(obj.status.conditions) do
  if condition.type == "Stalled" and condition.status == "True" then
    return { status = "Degraded", message = condition.message }
  end
  if condition.type == "Ready" then
    health.message = condition.message
    if condition.status == "True" then
      health.status = "Healthy"
    end
  end
end
return health
