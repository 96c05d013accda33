using System.Runtime.CompilerServices;

namespace FramedSockets.Fuzz.Engine;

/// <summary>The library did something that an oracle forbids.</summary>
/// <param name="kind">What, in few words and without numbers: two failures of one kind count as one.</param>
/// <param name="detail">The particulars.</param>
internal sealed class FuzzFailureException(string kind, string detail) : Exception($"{kind}: {detail}")
{
    public string Kind => kind;

    /// <summary>Throws unless a condition holds.</summary>
    public static void Require(bool condition, string kind, string detail = "")
    {
        if (!condition)
        {
            throw new FuzzFailureException(kind, detail);
        }
    }

    /// <summary>Throws unless a condition holds; the particulars are put together only then.</summary>
    public static void Require(
        bool condition, string kind, [InterpolatedStringHandlerArgument(nameof(condition))] ref FailureDetail detail)
    {
        if (!condition)
        {
            throw new FuzzFailureException(kind, detail.ToString());
        }
    }
}
