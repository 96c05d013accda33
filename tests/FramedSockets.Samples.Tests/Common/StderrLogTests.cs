using Common;
using Microsoft.Extensions.Logging;

namespace FramedSockets.Samples.Tests.Common;

public sealed class StderrLogTests
{
    [Fact]
    public void What_goes_wrong_outside_is_one_line() =>
        Assert.Equal("it failed. the peer is gone\n", Log(Thrown(new IOException("the peer is gone"))));

    [Fact]
    public void Anything_else_is_a_bug_and_keeps_its_stack_trace() =>
        Assert.Contains("   at ", Log(Thrown(new InvalidOperationException())));

    [Fact]
    public void What_nothing_caused_is_a_line_as_well() => Assert.Equal("it failed.\n", Log(null));

    private static Exception Thrown(Exception exception) => Assert.Throws(exception.GetType(), (Action)(() => throw exception));

    private static string Log(Exception? exception)
    {
        using var written = new StringWriter { NewLine = "\n" };
        var console = Console.Error;
        Console.SetError(written);
        try
        {
            new StderrLog().LogError(exception, "it failed.");
        }
        finally
        {
            Console.SetError(console);
        }

        return written.ToString();
    }
}
