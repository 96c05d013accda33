using FramedSockets.Tcp;

namespace FramedSockets.Tests.Tcp;

public sealed class ServerStopReportTests
{
    [Fact]
    public void It_says_in_a_sentence_how_the_server_stopped()
    {
        Assert.Equal("Of the connections, 0 ended by themselves and 0 had to be cut.", ServerStopReport.Empty.ToString());
        Assert.Equal("Of the connections, 3 ended by themselves and 1 had to be cut.", new ServerStopReport(3, [new(7, null, 5)]).ToString());
    }
}
