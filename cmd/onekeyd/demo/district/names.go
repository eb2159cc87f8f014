package district

import "math/rand/v2"

// Common surnames and given names of three generations, put together by chance.
var (
	surnames   = [...]string{"王", "李", "张", "刘", "陈", "杨", "赵", "孙", "周", "徐", "马", "朱", "胡", "郭", "高", "林", "宋", "韩", "崔", "于"}
	oldWomen   = [...]string{"秀英", "桂兰", "玉珍", "凤英", "淑贞", "桂英", "秀兰", "玉兰", "翠兰", "素芳", "月娥", "春兰", "惠芬", "瑞芝"}
	oldMen     = [...]string{"德福", "振华", "国栋", "永贵", "长顺", "玉山", "宝林", "世昌", "广田", "文炳", "树林", "庆云", "兆祥", "金城"}
	daughters  = [...]string{"敏", "丽华", "红梅", "建英", "淑红", "艳", "海燕", "玉梅", "秋菊", "晓莉"}
	sons       = [...]string{"建国", "卫东", "志强", "军", "建华", "立新", "海涛", "永刚", "磊", "国庆"}
	younger    = [...]string{"静", "娜", "婷婷", "雪", "倩", "浩", "鹏", "洋", "凯", "超", "慧", "丹"}
	hints      = [...]string{"听力差", "行动不便", "用助行器", "视力差", "说方言", "夜间助听器取下"}
	conditions = [...]string{"高血压", "糖尿病", "冠心病，随身有硝酸甘油", "青霉素过敏", "心脏支架", "慢阻肺"}
	wayIn      = [...]string{"钥匙在楼长处", "单元门密码在网格长处", "门上有钥匙盒，密码问社区", "请大声敲门"}
)

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }
