namespace FramedSockets.Fuzz.Engine;

/// <summary>Makes an input that fails shorter and plainer, as long as it fails in the same way.</summary>
internal static class Minimizer
{
    private const int MostRuns = 20_000;

    /// <param name="run">What runs an input: the failure, or <see langword="null"/>.</param>
    /// <param name="input">The input.</param>
    /// <param name="kind">How it fails.</param>
    public static byte[] Minimize(Func<byte[], Exception?> run, byte[] input, string kind)
    {
        var runs = 0;
        var before = -1;
        while (before != input.Length && runs < MostRuns)
        {
            before = input.Length;
            for (var size = Math.Max(1, input.Length / 2); size > 0; size /= 2)
            {
                for (var at = 0; at + size <= input.Length;)
                {
                    byte[] shorter = [.. input[..at], .. input[(at + size)..]];
                    if (runs++ < MostRuns && Fails(run, shorter, kind))
                    {
                        input = shorter;
                    }
                    else
                    {
                        at += size;
                    }
                }
            }
        }

        for (var i = 0; i < input.Length; i++)
        {
            var plainer = input.ToArray();
            plainer[i] = 0;
            input = input[i] != 0 && Fails(run, plainer, kind) ? plainer : input;
        }

        return input;
    }

    private static bool Fails(Func<byte[], Exception?> run, byte[] input, string kind) =>
        run(input) is { } failure && Execution.KindOf(failure) == kind;
}
