using Mono.Cecil;

namespace FramedSockets.Fuzz.Planted;

/// <summary>A bug to be found.</summary>
/// <param name="What">What it does.</param>
/// <param name="Target">Which target has to find it.</param>
/// <param name="Plant">Puts it into the copy of the library.</param>
internal sealed record PlantedBug(string What, string Target, Action<ModuleDefinition> Plant);
