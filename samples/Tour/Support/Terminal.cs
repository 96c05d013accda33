using System.Runtime.CompilerServices;
using Common;

namespace Tour.Support;

/// <summary>What the user types.</summary>
internal static class Terminal
{
    /// <summary>The texts of the command line or, where there are none, lines until <c>bye</c>, an empty one or the end.</summary>
    /// <remarks>An empty text is nothing where no framing says that it is there.</remarks>
    public static async IAsyncEnumerable<string> ReadTextsAsync(
        string[] texts, Framing framing, [EnumeratorCancellation] CancellationToken stop)
    {
        foreach (var text in texts.Where(text => text.Length > 0 || framing != Framing.Raw))
        {
            yield return text;
        }

        while (texts.Length == 0)
        {
            var line = await ReadLineAsync(stop);
            if (string.IsNullOrEmpty(line) || line.Equals("bye", StringComparison.OrdinalIgnoreCase))
            {
                yield break;
            }

            yield return line;
        }
    }

    private static async Task<string?> ReadLineAsync(CancellationToken stop)
    {
        var isSession = !Console.IsInputRedirected && !Console.IsOutputRedirected;
        if (isSession)
        {
            Console.Write("> ");
        }

        string? line = null;
        try
        {
            line = await Keyboard.ReadLineAsync(stop);
        }
        finally
        {
            if (isSession && line is null)
            {
                Console.WriteLine();
            }
        }

        return line;
    }
}
