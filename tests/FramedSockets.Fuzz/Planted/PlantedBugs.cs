using Mono.Cecil;

namespace FramedSockets.Fuzz.Planted;

/// <summary>Ten bugs of the kinds that parsers and queues have, in the library's own code.</summary>
internal static class PlantedBugs
{
    public static IReadOnlyList<PlantedBug> All { get; } =
    [
        new("a varint's fifth byte may say more than 32 bits", "varint", library => At(library, "Codecs.VarintCodec", "Decode").Constant(0x0F, 0x7F)),
        new("one byte too many of a delimiter's beginning is not looked at again", "text", library => At(library, "Codecs.Delimiter", "CountSettled").Constant(1, 2)),
        new("JSON numbers of 20 digits are taken, and wrap", "json", library => At(library, "Codecs.JsonFlatScanner", "TryScanNumber").Constant(18, 20)),
        new("a duplicate name that the type does not know passes", "json", library => At(library, "Codecs.JsonFlatScanner", "TryPlace").Answer("SequenceEqual", 1, false)),
        new("a length that its bytes cannot say is cut off", "length", library => At(library, "Codecs.LengthField", "MaxOf").Return(long.MaxValue)),
        new("a head that is assembled further loses its beginning", "json", library => At(library, "Framing.HeadAssembler", "Grow").Skip("CopyTo")),
        new("an assembled head is not given back to the pool", "json", library => At(library, "Framing.HeadAssembler", "Reset").Skip("Return")),
        new("a stale frame is not noticed", "reader", library => At(library, "FrameLease", "Check").Return()),
        new("new limits never apply", "reader", library => At(library, "Framing.LimitsInForce", "Apply").Return()),
        new("what gathered beside the pipe is forgotten", "writer", library => At(library, "PooledBufferWriter", "MoveTo").Skip("Write")),
    ];

    private static MethodPatch At(ModuleDefinition library, string type, string method) => new(
        library.GetType($"FramedSockets.{type}").Methods.Single(candidate => candidate.Name == method && candidate.HasBody));
}
