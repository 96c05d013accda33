namespace FramedSockets.Fuzz.Engine;

/// <summary>Runs a target on one input, and says what kind of failure it was, if it was one.</summary>
internal static class Execution
{
    private const long Steps = 200_000;
    private const long StepsPerByte = 20_000;

    /// <summary>The failure, or <see langword="null"/>.</summary>
    public static Exception? Run(IFuzzTarget target, byte[] input)
    {
        Exception? failure = null;
        Coverage.Begin(Steps + (StepsPerByte * input.Length));
        try
        {
            target.Run(input);
        }
        catch (Exception e) when (!IsBroken(e))
        {
            failure = e;
        }

        return Coverage.End() < 0
            ? new FuzzFailureException("too many steps", $"more than {StepsPerByte} for each of {input.Length} bytes")
            : failure;
    }

    /// <summary>Whether the library under test cannot run at all: that would find every bug that is planted.</summary>
    private static bool IsBroken(Exception e) => e is InvalidProgramException or TypeLoadException or BadImageFormatException or MissingMemberException;

    /// <summary>What two failures have in common that are one finding: the oracle, or the exception and where it came from.</summary>
    public static string KindOf(Exception failure)
    {
        if (failure is FuzzFailureException found)
        {
            return found.Kind;
        }

        var frames = (failure.StackTrace ?? "").Split('\n').Select(line => line.Trim());
        var where = frames.FirstOrDefault(line => line.Contains("FramedSockets.", StringComparison.Ordinal)) ?? "";
        return $"{failure.GetType().Name} {where.Split(" in ")[0]}";
    }
}
