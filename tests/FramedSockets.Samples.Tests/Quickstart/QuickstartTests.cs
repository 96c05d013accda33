using FramedSockets.Samples.Tests.Support;

namespace FramedSockets.Samples.Tests.Quickstart;

public sealed class QuickstartTests
{
    [Fact]
    public async Task It_says_what_happened_and_ends_well()
    {
        await using var quickstart = RunningProcess.Sample("Quickstart");
        var outcome = await quickstart.EndAsync();
        Assert.Equal("", outcome.Errors);
        Assert.Equal(0, outcome.ExitCode);
        Assert.Contains("server: echo WHOLE", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("server: counted 16,777,216 bytes", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("server: stopped, 0 connections cut", outcome.Output, StringComparison.Ordinal);
    }
}
